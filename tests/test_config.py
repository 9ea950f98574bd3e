from __future__ import annotations

from dataclasses import FrozenInstanceError
from pathlib import Path

import pytest
import yaml

from imbgen import GANGenerator, GMMGenerator
from imbgen.cli.arguments import add_train_arguments, parse_train
from imbgen.cli.parsing import new_parser
from imbgen.cli.train import train
from imbgen.config import DataConfig, TrainConfig
from imbgen.errors import ConfigError

CONFIG = """
data: {path: ecoli, target: target, minority: om, schema: {mcg: integer}}
generator: {class_path: imbgen.GMMGenerator, init_args: {n_components: 2}}
seed: 7
output: elsewhere
"""


@pytest.fixture
def config(tmp_path):
    path = tmp_path / "run.yaml"
    path.write_text(CONFIG, encoding="utf-8")
    return str(path)


def parse(*argv):
    parser = new_parser("train", train)
    add_train_arguments(parser)
    return parse_train(parser, argv)


def mistakes(*argv):
    with pytest.raises(ConfigError) as caught:
        parse(*argv)
    return str(caught.value)


def written(folder, text):
    path = folder / "bad.yaml"
    path.write_text(text, encoding="utf-8")
    return str(path)


# ------------------------------------------------------------------------------------------- what is parsed


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


def test_configs_are_frozen():
    with pytest.raises(FrozenInstanceError):
        DataConfig("ecoli").path = "x"
    with pytest.raises(FrozenInstanceError):
        TrainConfig(DataConfig("ecoli"), GMMGenerator()).seed = 1


# ------------------------------------------------------------------------------------------- what is refused


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
    assert "`generator.init_args.n_updates` must be a whole number, however: it is 'many'." in text
    assert "`generator.init_args.loss` must be text, however: it is [1]." in text
    assert "Did you mean 'seed'?" in text
    assert "`--seed` must be a whole number, however: it is 'x'." in text
    assert "Did you mean '--generator.patience'?" in text


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
