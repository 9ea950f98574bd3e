from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import yaml
from imblearn.combine import SMOTEENN
from imblearn.over_sampling import ADASYN, SMOTE, SMOTENC, KMeansSMOTE, RandomOverSampler

from imbgen import GANGenerator, GMMGenerator, OverSampler
from imbgen.cli import main
from imbgen.cli.arguments import add_config_arguments, parse_config
from imbgen.cli.parsing import new_parser
from imbgen.cli.resample import LAYOUT as RESAMPLE
from imbgen.cli.train import LAYOUT as TRAIN
from imbgen.cli.train import train
from imbgen.config import DataConfig
from imbgen.tables import CSVFormat

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


def written(folder, text):
    path = folder / "run.yaml"
    path.write_text(text, encoding="utf-8")
    return str(path)


def test_a_file_becomes_dataclasses(config):
    parsed, _ = parse("--config", config)
    assert parsed.data == DataConfig("ecoli", "target", "om", {"mcg": "integer"})
    assert (parsed.seed, parsed.output) == (7, Path("elsewhere"))
    assert parsed.generator.get_params() == GMMGenerator(n_components=2).get_params() | {
        "covariance_types": ["full", "tied", "diag", "spherical"]
    }


def test_options_alone_are_enough():
    parsed, _ = parse("--data.path", "mine.csv", "--data.target", "y")
    assert parsed.data == DataConfig("mine.csv", "y")
    assert isinstance(parsed.generator, GANGenerator)
    assert parsed.generator.get_params() == GANGenerator().get_params()
    assert (parsed.seed, parsed.output) == (0, Path("runs"))


def test_options_win_over_the_file(config):
    parsed, _ = parse("--config", config, "--data.path", "mine.csv", "--seed=3")
    assert (parsed.data.path, parsed.data.minority, parsed.seed) == ("mine.csv", "om", 3)


@pytest.mark.parametrize("prefix", ["--generator.init_args.", "--generator."])
def test_arguments_of_the_generator_are_options(config, prefix):
    parsed, _ = parse("--config", config, f"{prefix}max_components", "4")
    assert (parsed.generator.n_components, parsed.generator.max_components) == (2, 4)


@pytest.mark.parametrize(
    "name", ["GANGenerator", "imbgen.GANGenerator", "imbgen.generators.gan.GANGenerator"]
)
def test_another_class_replaces_that_of_the_file(config, name):
    parsed, _ = parse("--config", config, "--generator", name, "--generator.n_updates", "5")
    assert isinstance(parsed.generator, GANGenerator)
    assert parsed.generator.n_updates == 5


def test_a_short_class_name_in_a_file(tmp_path):
    path = written(tmp_path, "data: {path: ecoli}\ngenerator: {class_path: GMMGenerator}")
    assert isinstance(parse("--config", path)[0].generator, GMMGenerator)


def test_options_of_the_trainer():
    parsed, _ = parse("--data.path", "ecoli", "--generator.trainer.accelerator", "cpu")
    assert parsed.generator.trainer == {"accelerator": "cpu"}


@pytest.mark.parametrize("minority", ["yes", "1", "1.5", "true", "a b"])
def test_a_label_on_the_command_line_stays_text(minority):
    assert parse("--data.path", "ecoli", "--data.minority", minority)[0].data.minority == minority


def test_the_text_is_complete_and_says_the_same(config, tmp_path):
    parsed, text = parse("--config", config)
    content = yaml.safe_load(text)
    assert list(content) == ["data", "generator", "seed", "output"]
    assert set(content["generator"]["init_args"]) == set(GMMGenerator().get_params())
    again, text_again = parse("--config", written(tmp_path, text))
    assert text_again == text
    assert again.data == parsed.data
    assert again.generator.get_params() == parsed.generator.get_params()


def test_help_of_a_generator_is_its_docstring(capsys):
    assert main(["train", "--generator.help", "GANGenerator"]) == 0
    assert "Most updates of the generator;" in capsys.readouterr().out


def test_the_printed_config_is_complete(root, capsys):
    path = root / "configs" / "gan.yaml"
    assert main(["train", "--config", str(path), "--seed", "5", "--print_config"]) == 0
    printed = yaml.safe_load(capsys.readouterr().out)
    written = yaml.safe_load(path.read_text(encoding="utf-8"))
    assert printed == written | {"seed": 5}


# ------------------------------------------------------------------------------ a class starts from its own


@pytest.mark.parametrize(
    ("text", "options", "n_neighbors"),
    [
        ("", ["--sampler", "KMeansSMOTE"], 2),
        ("sampler: {class_path: SMOTE, init_args: {k_neighbors: 3}}", ["--sampler", "KMeansSMOTE"], 2),
        ("sampler: {class_path: SMOTE, init_args: {k_neighbors: 3}}", ["--sampler=KMeansSMOTE"], 2),
        ("sampler: {class_path: KMeansSMOTE}", [], 2),
        ("sampler: {class_path: KMeansSMOTE}", ["--sampler.k_neighbors", "7"], 7),
        ("sampler: {class_path: KMeansSMOTE, init_args: {k_neighbors: 3}}", ["--sampler", "KMeansSMOTE"], 3),
        ("sampler: KMeansSMOTE", [], 2),
    ],
)
def test_no_argument_of_another_class_is_taken_over(tmp_path, text, options, n_neighbors):
    layout = replace(RESAMPLE, default="imblearn.over_sampling.SMOTE")
    path = written(tmp_path, f"data: {{path: ecoli}}\nout: x.csv\n{text}")
    sampler = parse("--config", path, *options, layout=layout)[0].sampler
    assert (type(sampler), sampler.k_neighbors) == (KMeansSMOTE, n_neighbors)


def test_arguments_alone_go_to_the_default_class(tmp_path):
    path = written(tmp_path, "data: {path: ecoli}\ngenerator: {init_args: {n_updates: 7}}")
    generator = parse("--config", path, "--generator.n_critic", "2")[0].generator
    assert (type(generator), generator.n_updates, generator.n_critic) == (GANGenerator, 7, 2)


def test_how_a_csv_file_is_written_is_part_of_the_data(tmp_path):
    path = written(tmp_path, "data: {path: mine.csv, csv: {delimiter: ';'}}")
    parsed, text = parse("--config", path, "--data.csv.decimal", ",")
    assert parsed.data.csv == CSVFormat(delimiter=";", decimal=",")
    assert parse("--config", written(tmp_path, text))[0].data == parsed.data


# ---------------------------------------------------------------------------------------------- of resample


def parse_sampler(*options):
    return parse("--data.path", "ecoli", "--out", "x.csv", *options, layout=RESAMPLE)[0].sampler


def show(sampler):
    """Return all arguments as text; YAML has no tuples."""
    arguments = sampler.get_params().items()
    shown = {name: value for name, value in arguments if not hasattr(value, "get_params")}
    return str(shown).replace("(", "[").replace(")", "]")


@pytest.mark.parametrize(
    ("options", "sampler"),
    [
        ([], OverSampler()),
        (["--sampler", "ADASYN", "--sampler.n_neighbors", "3"], ADASYN(n_neighbors=3)),
        (["--sampler", "imblearn.over_sampling.SMOTE"], SMOTE()),
        (["--sampler", "SMOTE", "--sampler.sampling_strategy", "0.5"], SMOTE(sampling_strategy=0.5)),
        (["--sampler", "SMOTE", "--sampler.sampling_strategy=minority"], SMOTE(sampling_strategy="minority")),
        (
            ["--sampler", "SMOTE", "--sampler.sampling_strategy", "{om: 50}"],
            SMOTE(sampling_strategy={"om": 50}),
        ),
        (["--sampler", "RandomOverSampler", "--sampler.shrinkage", "null"], RandomOverSampler()),
        (["--sampler", "SMOTENC", "--sampler.categorical_features", "[0, 2]"], SMOTENC([0, 2])),
        (["--sampler", "SMOTENC", "--sampler.categorical_features", "auto"], SMOTENC("auto")),
        (["--sampler", "GMMGenerator", "--sampler.n_components", "2"], GMMGenerator(n_components=2)),
        (
            ["--sampler.generator", "GMMGenerator", "--sampler.generator.n_components", "2"],
            OverSampler(GMMGenerator(n_components=2)),
        ),
        (
            [
                *("--sampler", "SMOTEENN", "--sampler.smote"),
                "{class_path: imblearn.over_sampling.SMOTE, init_args: {k_neighbors: 2}}",
            ],
            SMOTEENN(smote=SMOTE(k_neighbors=2)),
        ),
    ],
)
def test_samplers_by_option(options, sampler):
    parsed = parse_sampler(*options)
    assert type(parsed) is type(sampler)
    assert show(parsed) == show(sampler)


def test_a_flag_needs_no_value():
    for options, expected in ([], False), (["--overwrite"], True), (["--overwrite", "false"], False):
        argv = ["--data.path", "ecoli", *options, "--out", "x.csv"]
        assert parse(*argv, layout=RESAMPLE)[0].overwrite is expected


def test_help_of_a_sampler_is_its_docstring(capsys):
    assert main(["resample", "--sampler.help", "ADASYN"]) == 0
    assert "--sampler.n_neighbors" in capsys.readouterr().out


def test_a_config_that_is_not_utf8(tmp_path, complaint):
    path = tmp_path / "latin.yaml"
    path.write_bytes('data: {path: ecoli, target: "caf\xe9"}'.encode("latin-1"))
    assert "UTF-8, however: byte 33 of it is none (0xe9)" in complaint("train", "--config", path)
