from __future__ import annotations

import pytest

from imbgen.cli.arguments import add_config_arguments, parse_config
from imbgen.cli.parsing import new_parser
from imbgen.cli.resample import LAYOUT as RESAMPLE
from imbgen.cli.train import LAYOUT as TRAIN
from imbgen.cli.train import train
from imbgen.errors import ConfigError, ParameterError

CONFIG = """
data: {path: ecoli, target: target, minority: om, schema: {mcg: integer}}
generator: {class_path: imbgen.GMMGenerator, init_args: {n_components: 2}}
seed: 7
output: elsewhere
"""


@pytest.fixture
def config(tmp_path):
    return written(tmp_path, CONFIG)


def parse(*argv, layout=TRAIN):
    parser = new_parser("train", train)
    add_config_arguments(parser, layout)
    return parse_config(parser, argv, layout)


def mistakes(*argv, layout=TRAIN):
    with pytest.raises(ConfigError) as caught:
        parse(*argv, layout=layout)
    return str(caught.value)


def written(folder, text):
    path = folder / "run.yaml"
    path.write_text(text, encoding="utf-8")
    return str(path)


def test_all_mistakes_of_a_file_and_of_options_are_told_at_once(tmp_path):
    path = written(
        tmp_path,
        """
data: {path: ecoli, targt: target}
generator: {class_path: imbgen.GANGenerator, init_args: {d_hiden: 5, n_updates: many, loss: [1]}}
sed: 0
""",
    )
    text = mistakes("--config", path, "--seed", "x", "--generator.pacience", "3")
    assert "7 mistakes" in text
    assert "`data.targt` must be a key of the config" in text
    assert "Did you mean 'data.target'?" in text
    assert "Did you mean 'generator.init_args.d_hidden'?" in text
    assert "`generator.init_args.n_updates` must be a whole number or null, however: it is 'many'." in text
    assert "`generator.init_args.loss` must be text, however: it is [1]." in text
    assert "Did you mean 'seed'?" in text
    assert "`--seed` must be a whole number, however: it is 'x'." in text
    assert "Did you mean '--generator.patience'?" in text


def test_values_outside_their_domain_are_told_at_once_also_of_a_presampler(tmp_path):
    path = written(
        tmp_path,
        """
data: {path: ecoli}
generator:
  class_path: HybridGenerator
  init_args:
    n_updates: -4
    mode: papr
    trainer: {acelerator: cpu}
    presampler: {class_path: SMOTEGenerator, init_args: {n_neighbors: 0}}
""",
    )
    text = mistakes("--config", path, "--generator.rules", '[{"positve": "mcg"}]')
    key = "generator.init_args"
    assert "5 mistakes" in text
    assert f"`{key}.n_updates` must be a whole number at least 1, however: it is -4." in text
    assert (
        f"`{key}.mode` must be one of 'gated', 'paper', however: it is 'papr'. Did you mean 'paper'?" in text
    )
    assert f"`{key}.trainer` must hold options of lightning.Trainer" in text
    assert "Did you mean 'positive'?" in text
    assert f"`{key}.presampler.init_args.n_neighbors` must be a whole number at least 1" in text


def test_a_value_from_the_command_line_is_judged_as_what_it_stands_for():
    options = ("--generator", "GMMGenerator", "--generator.shrinkage", "3")
    text = mistakes("--data.path", "ecoli", *options, "--generator.covariance_types", "[]")
    assert "`--generator.shrinkage` must be 'auto' or a number between 0 and 1, however: it is '3'." in text
    assert "`--generator.covariance_types` must name at least one type" in text


@pytest.mark.parametrize(
    ("content", "parts"),
    [
        ("data: {path: ecoli}\ndat: 1", ["`dat`", "Did you mean 'data'?"]),
        (
            "data: {path: ecoli}\nn_updates: 1",
            ["`n_updates`", "Did you mean 'generator.init_args.n_updates'?"],
        ),
        ("data: ecoli", ["`data` must hold keys and values", "'ecoli'"]),
        ("seed: 1", ["`data.path` must name", "--data.path"]),
        ("data: {path: ecoli}\nseed: -1", ["`seed` must be at least 0", "seed=-1"]),
        ("data: {path: ecoli}\nseed:", ["`seed` must be a whole number, however: it is None"]),
        ("data: {path: ecoli, target: null}", ["`data.target` must be text, however: it is None"]),
        ("data: {path: ecoli, csv: {decimal: null}}", ["`data.csv.decimal` must be text"]),
        ("data: {path: ecoli}\nseed: 1.5", ["`seed` must be a whole number", "1.5"]),
        ("data: {path: ecoli, minority: [1]}", ["text, a number, true or false or null", "[1]"]),
        ("data: {path: ecoli, schema: 5}", ["`data.schema` must be a mapping or null", "5"]),
        ("data: {path: ecoli}\ngenerator: null", ["`generator` must be a generator", "generator.class_path"]),
        (
            "data: {path: ecoli}\ngenerator: {class_path: imbgen.GANGenrator, init_args: {x: 1}}",
            ["`generator.class_path` must name a generator", "Did you mean 'imbgen.GANGenerator'?"],
        ),
        ("data: {path: ecoli}\ngenerator: {class_path: GMNGenerator}", ["GMNGenerator", "GANGenerator, GMM"]),
        (
            "data: {path: ecoli}\ngenerator: {class_path: collections.OrderedDict}",
            ["collections.OrderedDict", "subclass"],
        ),
        ("data: {path: ecoli}\ngenerator: {class_path: no.such.Thing}", ["No module named 'no'"]),
        (
            "data: {path: ecoli}\ngenerator: {class_path: imbgen.GMMGenerator, init_args: {n_updates: 1}}",
            ["`generator.init_args.n_updates`", "it is none"],
        ),
        (
            "data: {path: ecoli, schema: {mcg: integer}}\ngenerator: {init_args: {schema: {gvh: integer}}}",
            ["given once", "Keep `data.schema`"],
        ),
        ("a: [", ["must be readable YAML"]),
        ("- a", ["must hold keys and values"]),
        ("", ["is empty"]),
    ],
)
def test_a_bad_file_is_explained(tmp_path, content, parts):
    text = mistakes("--config", written(tmp_path, content))
    assert [part for part in parts if part not in text] == [], text
    assert "\n" not in text


@pytest.mark.parametrize(
    ("argv", "parts"),
    [
        (["--sed", "3"], ["`--sed`", "Did you mean '--seed'?"]),
        (["--confg", "gan.yaml"], ["`--confg`", "Did you mean '--config'?"]),
        (["gan.yaml"], ["'gan.yaml' stands alone", "Write --config gan.yaml"]),
        (["--data.path", "ecoli", "--seed"], ["`--seed` must be followed by its value"]),
        (["--data.path", "ecoli", "--seed=1", "stray"], ["'stray' stands alone"]),
        (["--data.path", "ecoli", "--generator", "Foo"], ["`generator.class_path` must name a generator"]),
        (["--generator.help", "Foo"], ["`generator.class_path` must name a generator", "'Foo' is none"]),
        (
            ["--data.path", "ecoli", "--data.csv", '{delimitr: ";"}'],
            ["`--data.csv.delimitr`", "Did you mean '--data.csv.delimiter'?"],
        ),
        (["--data.path", "ecoli", "--data.csv", "{decimal"], ["`--data.csv` must hold keys and values"]),
        ([], ["`data.path` must name a data set or a file"]),
    ],
)
def test_bad_options_are_explained(argv, parts):
    text = mistakes(*argv)
    assert [part for part in parts if part not in text] == [], text


def test_a_missing_file_is_explained(config):
    text = mistakes("--config", config.replace("run.yaml", "rum.yaml"))
    assert "there is no" in text
    assert "Did you mean 'run.yaml'?" in text
    assert "data.path" not in text


def test_arguments_of_a_replaced_class_are_no_mistake(config):
    text = mistakes("--config", config, "--generator", "GANGenerator", "--seed", "x")
    assert text == "`--seed` must be a whole number, however: it is 'x'. Correct the value."


def test_nested_keys_are_understood(tmp_path):
    path = written(
        tmp_path,
        """
data: {path: ecoli, csv: {delimitr: ";", decimal: 5}}
sampler:
  class_path: OverSampler
  init_args:
    generator: {class_path: imbgen.GMMGenerator, init_args: {n_component: 2, criterion: bic}}
    sampling_strateg: 0.5
out: x.csv
overwrite: maybe
""",
    )
    text = mistakes("--config", path, "--data.csv.quotchar", "x", layout=RESAMPLE)
    assert "6 mistakes" in text, text
    assert "`data.csv.delimitr`" in text
    assert "Did you mean 'data.csv.delimiter'?" in text
    assert "`data.csv.decimal` must be text, however: it is 5." in text
    assert "Did you mean 'sampler.init_args.generator.init_args.n_components'?" in text
    assert "Did you mean 'sampler.init_args.sampling_strategy'?" in text
    assert "`overwrite` must be true or false, however: it is 'maybe'." in text
    assert "Did you mean '--data.csv.quotechar'?" in text


@pytest.mark.parametrize(
    ("options", "parts"),
    [
        (["--sampler", "ADASIN"], ["must name a sampler or a generator", "Did you mean 'ADASYN'?"]),
        (["--sampler", "imblearn.SMOTE"], ["Did you mean 'imblearn.over_sampling.SMOTE'?"]),
        (["--sampler", "GMNGenerator"], ["Did you mean 'GMMGenerator'?"]),
        (["--sampler", "sklearn.svm.SVC"], ["no subclass of SamplerMixin or BaseGenerator"]),
        (["--sampler", "SMOTE", "--sampler.k_neighbor", "3"], ["Did you mean '--sampler.k_neighbors'?"]),
        (
            ["--sampler", "SMOTE", "--sampler.k_neighbors", "0"],
            ["must be an int in the range [1, inf)", "'0'"],
        ),
        (["--sampler", "SMOTE", "--sampler.k_neighbors", "many"], ["must be an int", "it is 'many'"]),
        (["--sampler.sampling_strategy", "autoo"], ["`--sampler.sampling_strategy` must be", "'autoo'"]),
        (["--sampler", "SMOTE", "--sampler.sampling_strategy.a", "5"], ["as a whole", "'{a: 5}'"]),
        (["--sampler", "SMOTENC"], ["`sampler.init_args.categorical_features` must be", "it is None"]),
        (["--sampler.generator", "GMMGenrator"], ["must name a generator,", "Did you mean 'GMMGenerator'?"]),
        (
            ["--sampler.generator", "GMMGenerator", "--sampler.generator.n_componets", "2"],
            ["Did you mean '--sampler.generator.n_components'?"],
        ),
        (
            ["--sampler.generator", "GMMGenerator", "--sampler.generator.n_components", "x"],
            ["must be a whole number or null, however: it is 'x'"],
        ),
        (["--output", "y.csv"], ["Did you mean '--out'?"]),
        (["--seed", "-1"], ["`seed` must be at least 0, however: seed=-1"]),
        (["--mark_file", "./x.csv"], ["`out` and `mark_file` must be different files"]),
        (["--data.path", "x.csv"], ["`data.path` and `out` must be different files"]),
    ],
)
def test_mistakes_about_a_sampler(options, parts):
    text = mistakes("--data.path", "ecoli", "--out", "x.csv", *options, layout=RESAMPLE)
    assert [part for part in parts if part not in text] == [], text
    assert "\n" not in text


def test_all_that_is_missing_is_told():
    text = mistakes("--sampler", "SMOTE", layout=RESAMPLE)
    assert "`data.path` must name a data set or a file" in text
    assert "`out` must name the file to write" in text


def test_a_character_that_no_csv_file_has_is_explained():
    with pytest.raises(ParameterError, match="`delimiter` must be one character"):
        parse("--data.path", "x.csv", "--data.csv.delimiter", ";;")
