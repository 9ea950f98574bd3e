from __future__ import annotations

import re

import pytest

from imbgen import __version__
from imbgen.cli import main
from imbgen.cli.entry import COMMANDS


@pytest.mark.parametrize(
    ("argv", "parts"),
    [
        (["trian"], [", ".join(COMMANDS), "Did you mean 'train'?"]),
        (["train", "--config", "none.yaml"], ["there is no 'none.yaml'"]),
        (["datasets", "ecol"], ["Did you mean 'ecoli'?"]),
        (["datasets", "ecoli", "--n", "3"], ["imbgen datasets --help"]),
        (["sample"], ["run", "imbgen sample --help"]),
        (["sample", "none", "--n", "3", "--out", "x.csv"], ["none does not exist"]),
        (["sample", "none", "--n", "0", "--out", "x.csv"], ["`--n` must be at least 1", "n=0"]),
        (["sample", "none", "--n", "-3", "--out", "x.csv"], ["n=-3"]),
        (["sample", "none", "--n", "many", "--out", "x.csv"], ["`--n` must be a whole number", "'many'"]),
        (
            ["sample", "none", "--n", "3", "--out", "x.csv", "--random_state", "x"],
            ["`--random_state` must be a whole number, however: it is 'x'"],
        ),
        (["sample", "none", "--n", "3", "--output", "x.csv"], ["Did you mean '--out'?"]),
        (["sample", "none", "--n", "3", "--out", "x.csv", "--random_state", "-1"], ["random_state=-1"]),
    ],
)
def test_bad_arguments_are_explained(tmp_path, monkeypatch, complaint, argv, parts):
    monkeypatch.chdir(tmp_path)
    err = complaint(*argv)
    assert [part for part in parts if part not in err] == [], err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("argv", "option"),
    [
        (["describe", "latin.csv"], " --csv.encoding latin-1"),
        (["--debug", "init", "latin.csv"], " --csv.encoding latin-1"),
        (["train", "--data.path", "latin.csv"], " --data.csv.encoding latin-1"),
        (["resample", "--data.path", "latin.csv", "--out", "x.csv"], " --data.csv.encoding latin-1"),
    ],
)
def test_an_option_is_named_as_the_command_has_it(tmp_path, monkeypatch, capsys, argv, option):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "latin.csv").write_bytes("größe,target\n1,0\n2,1\n".encode("latin-1"))
    assert main(argv) == 2
    assert option in capsys.readouterr().err.splitlines()[-1]


def test_a_warning_names_an_option_as_the_command_has_it(tmp_path, capsys):
    (tmp_path / "rows.csv").write_text("x;target\n1,5;0\n2,5;1\n3,5;1\n", encoding="utf-8")
    assert main(["describe", str(tmp_path / "rows.csv")]) == 0
    assert " --csv.decimal ," in capsys.readouterr().err


@pytest.mark.parametrize(
    ("command", "option"), [("train", "--generator.help"), ("resample", "--sampler.help")]
)
def test_help_on_no_class_is_that_of_the_default(command, option, capsys):
    assert main([command, option]) == 0
    assert {"train": "--generator.n_updates", "resample": "--sampler.generator"}[command] in (
        capsys.readouterr().out
    )


@pytest.mark.parametrize("place", [0, 1, 4])
def test_debug_shows_the_traceback(capsys, place):
    argv = ["sample", "none", "--n", "3", "--out", "x.csv"]
    argv.insert(place, "--debug")
    assert main(argv) == 2
    err = capsys.readouterr().err
    assert "Traceback" in err
    assert "imbgen: error: A model must be an existing folder" in err


def test_version(capsys):
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"imbgen {__version__}\n"


@pytest.mark.parametrize("argv", [[], ["--help"], ["-h"]])
def test_help_lists_the_commands(argv, capsys):
    assert main(argv) == 0
    out = capsys.readouterr().out
    assert re.findall(r"^  (\w+) +\w+", out, flags=re.MULTILINE) == list(COMMANDS)


@pytest.mark.parametrize(
    ("command", "part"),
    [
        ("init", "What will learn the rows, such as GMMGenerator."),
        ("train", "Column that holds the class labels."),
        ("resample", "Name of a column to add, true in the rows that are new."),
        ("sample", "Replace the file if it exists."),
        ("datasets", "Data set whose card is printed"),
    ],
)
def test_help_of_a_command_is_its_docstring(command, part, capsys):
    assert main([command, "--help"]) == 0
    out = " ".join(capsys.readouterr().out.split())
    assert out.startswith(f"usage: imbgen {command} ")
    assert part in out
    assert "--debug" in out


def test_what_needs_no_network_loads_no_torch(start, root, gmm_run, tmp_path):
    code = """
import sys
from imbgen.cli import main
from imbgen.cli.entry import COMMANDS
for line in sys.argv[1:]:
    assert main(line.split("|")) == 0, line
    assert "torch" not in sys.modules, line
"""
    config = root / "configs" / "gan.yaml"
    lines = [
        "--version",
        "--help",
        "datasets",
        "train|--help",
        "train|--generator.help|GANGenerator",
        f"init|ecoli|--out|{tmp_path}/ecoli.yaml",
        "resample|--help",
        f"resample|--config|{root}/configs/adasyn.yaml|--print_config",
        f"resample|--config|{root}/configs/adasyn.yaml|--out|{tmp_path}/balanced.csv",
        f"train|--config|{config}|--print_config",
        f"sample|{gmm_run}|--n|3|--out|{tmp_path}/x.csv",
        f"train|--data.path|ecoli|--generator|GMMGenerator|--output|{tmp_path}/runs",
    ]
    process = start(code, *lines)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
