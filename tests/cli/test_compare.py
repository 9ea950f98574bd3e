from __future__ import annotations

import json

import pandas as pd
import pytest
import yaml
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from imbgen import Comparison, compare, load_dataset
from imbgen.cli import main
from imbgen.errors import DataError
from imbgen.tables import write_table

QUICK = ["--cv", "2", "--classifiers", "[linear]", "--metrics", "[average_precision, f1]", "--n_jobs", "1"]
QUICK += ["--threshold_folds", "2", "--fidelity", "false", "--report", "false"]


@pytest.fixture
def started(tmp_path, table):
    """Start the command on the table of 60 rows; return status and output folder."""

    def run(*options):
        data = ["--data.path", str(tmp_path / "mine.csv"), "--data.target", "sick"]
        return main(["compare", *data, *QUICK, "--output", str(tmp_path / "runs"), *map(str, options)])

    return run


def find_run(folder):
    (run,) = [path for path in (folder / "runs").iterdir() if path.name != "fits"]
    return run


def test_a_comparison_is_told_and_written(started, tmp_path, capsys):
    arms = "{kernels: KernelGenerator, adasyn: {class_path: ADASYN, init_args: {n_neighbors: 2}}}"
    assert started("--arms", arms) == 0
    told = capsys.readouterr().out
    assert "mine: 60 rows, 2 columns, target 'sick'" in told
    assert "no 48, yes 12; 'yes' against the rest" in told
    for name in (
        "nothing",
        "class weight",
        "tuned threshold",
        "random over-sampling",
        "GMM",
        "kernels",
        "adasyn",
    ):
        assert f"\n{name}\t" in told
    run = find_run(tmp_path)
    result = Comparison.from_json(run / "comparison.json")
    assert str(result.verdict) in told
    content = json.loads((run / "metrics.json").read_text())
    assert content["verdict"] == str(result.verdict)
    mean = result.summary.query("arm == 'kernels' and classifier == 'mean' and metric == 'f1'")["mean"].iloc[
        0
    ]
    (kernels,) = [arm for arm in content["arms"] if arm["arm"] == "kernels"]
    assert kernels["figures"]["f1"] == mean
    assert yaml.safe_load((run / "config.yaml").read_text())["arms"]["kernels"] == "KernelGenerator"
    assert len(pd.read_csv(run / "results.csv")) == len(result.results)
    events = EventAccumulator(str(run / "tensorboard" / "mine-kernels")).Reload()
    assert events.Scalars("final/f1")[0].value == pytest.approx(mean)


def test_a_report_is_written_and_its_place_told(started, tmp_path, capsys):
    assert started("--report", "true") == 0
    run = find_run(tmp_path)
    assert f"report   {run / 'report.html'}" in capsys.readouterr().out
    result = Comparison.from_json(run / "comparison.json")
    page = (run / "report.html").read_text(encoding="utf-8")
    assert "<title>mine: augment or not?</title>" in page
    assert result.verdict.sentence in page


def test_no_report_is_written_where_none_is_wanted(started, tmp_path, capsys):
    assert started() == 0
    assert not (find_run(tmp_path) / "report.html").exists()
    assert "report.html" not in capsys.readouterr().out


def test_the_figures_are_those_of_the_function(tmp_path):
    options = ["--data.path", "ecoli", "--data.minority", "imU", "--output", str(tmp_path / "runs")]
    assert main(["compare", *options, *QUICK]) == 0
    X, y = load_dataset("ecoli")
    expected = compare(
        {"ecoli": (X, y)}, cv=2, classifiers="linear", metrics=["average_precision", "f1"], minority="imU",
        threshold_folds=2, fidelity=False, random_state=0,
    )  # fmt: skip
    result = Comparison.from_json(find_run(tmp_path) / "comparison.json")
    pd.testing.assert_frame_equal(result.results, expected.results)


def test_the_config_of_a_run_makes_the_same_run(started, tmp_path, capsys):
    assert started("--ratios", "[0.5]", "--seed", "3") == 0
    first = find_run(tmp_path)
    assert main(["compare", "--config", str(first / "config.yaml"), "--output", str(tmp_path / "again")]) == 0
    (second,) = [path for path in (tmp_path / "again").iterdir() if path.name != "fits"]
    runs = [Comparison.from_json(run / "comparison.json").results for run in (first, second)]
    pd.testing.assert_frame_equal(*runs)


def test_resume_takes_what_is_on_disk(started, capsys):
    assert started() == 0
    assert started("--resume") == 0
    assert "note: 10 of 10 fits were on disk." in capsys.readouterr().out
    assert started("--resume", "--seed", "1") == 0
    captured = capsys.readouterr()
    assert "random_state: 0 -> 1" in captured.err
    assert "random_state: 0 -> 1" not in captured.out
    assert started() == 0
    assert "on disk" not in capsys.readouterr().out


def test_several_data_sets_and_groups(tmp_path, table, capsys):
    write_table(table.assign(clinic=[i % 6 for i in range(60)]), tmp_path / "a.csv")
    write_table(table.assign(clinic=[i % 6 for i in range(60)]), tmp_path / "b.csv")
    content = {
        "data": {"path": str(tmp_path / "a.csv"), "target": "sick"},
        "more_data": [str(tmp_path / "b.csv"), {"path": "ecoli", "minority": "imU"}],
    }
    config = tmp_path / "compare.yaml"
    config.write_text(yaml.safe_dump(content))
    argv = ["compare", "--config", str(config), *QUICK, "--output", str(tmp_path / "runs")]
    assert main(argv) == 0
    told = capsys.readouterr().out
    assert "\na: " in told
    assert "\necoli: " in told
    assert (find_run(tmp_path) / "ranks.csv").exists()
    assert main([*argv, "--groups", "clinic"]) == 2
    assert (
        "`groups` must be a column of each table, however: 'ecoli' has no 'clinic'" in capsys.readouterr().err
    )


def test_all_mistakes_are_told_at_once(tmp_path, capsys):
    content = {
        "data": {"path": "ecoli", "targt": "x"},
        "cvv": 3,
        "n_repeats": "many",
        "metrics": ["average_precison"],
        "classifiers": ["forrest"],
        "arms": {
            "gan": "GanGenerator",
            "vae": {"class_path": "VAEGenerator", "init_args": {"n_update": 3}},
            "smote": {"class_path": "SMOTE", "init_args": {"k_neighbors": "five"}},
            "kernel": {"class_path": "KernelGenerator", "arguments": {}},
            "GMM": "KernelGenerator",
            "rows": "no/such/rows.csv",
        },
    }
    config = tmp_path / "compare.yaml"
    config.write_text(yaml.safe_dump(content))
    assert main(["compare", "--config", str(config)]) == 2
    err = capsys.readouterr().err
    assert "it has 11 mistakes" in err
    for hint in (
        "Did you mean 'data.target'?",
        "`cvv` must be a key of the config",
        "`n_repeats` must be a whole number",
        "Did you mean 'average_precision'?",
        "Did you mean 'forest'?",
        "`arms.gan`: `class_path` must name",
        "Did you mean 'GANGenerator'?",
        "'n_update' is none. Did you mean 'n_updates'?",
        "`arms.smote`: `init_args.k_neighbors` must be",
        "'arguments' is neither",
        "'GMM' is taken by an arm that is always there",
        "`arms.rows` must be a file that exists",
    ):
        assert hint in err, hint


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--metrics", "[rocauc]"], "Did you mean 'roc_auc'?"),
        (["--cv", "60"], "has 12 rows and cv=60. The largest number that works is cv=12"),
        (["--data.minority", "maybe"], "`data.minority` must be a label"),
        (["--more_data", "[{path: ecoli, targt: x}]"], "`more_data` must have the keys of `data`"),
        (["--seed", "-1"], "`seed` must be at least 0"),
    ],
)
def test_mistakes_are_one_sentence(started, options, message, capsys):
    assert started(*options) == 2
    assert message in capsys.readouterr().err


def test_duplicates_across_folds_are_a_warning(tmp_path, table, capsys):
    write_table(pd.concat([table, table.head(20)]), tmp_path / "mine.csv")
    argv = ["compare", "--data.path", str(tmp_path / "mine.csv"), "--data.target", "sick", *QUICK]
    assert main([*argv, "--output", str(tmp_path / "runs")]) == 0
    captured = capsys.readouterr()
    assert "rows of a test part equal a training row" in captured.err
    assert "rows of a test part equal a training row" not in captured.out  # once is enough
    told = Comparison.from_json(find_run(tmp_path) / "comparison.json").notices
    assert any("rows of a test part equal a training row" in notice for notice in told)


def test_each_data_set_has_its_own_schema(tmp_path, table, capsys, monkeypatch):
    given = []

    def spy(tables, **options):
        given.append(options["schema"])
        raise DataError("seen")

    monkeypatch.setattr("imbgen.cli.compare.compare_arms", spy)
    for name in ("a", "b"):
        write_table(table.assign(code=[i % 3 for i in range(60)]), tmp_path / f"{name}.csv")
    content = {
        "data": {"path": str(tmp_path / "a.csv"), "target": "sick", "schema": {"code": "ordinal"}},
        "more_data": [{"path": str(tmp_path / "b.csv"), "target": "sick", "schema": {"code": "categorical"}}],
    }
    config = tmp_path / "compare.yaml"
    argv = ["compare", "--config", str(config), *QUICK, "--output", str(tmp_path / "runs")]
    config.write_text(yaml.safe_dump(content))
    assert main(argv) == 2
    monkeypatch.undo()
    assert given == [{"a": {"code": "ordinal"}, "b": {"code": "categorical"}}]
    content["data"]["schema"] = {"cdoe": "ordinal"}
    config.write_text(yaml.safe_dump(content))
    assert main(argv) == 2
    assert "Did you mean 'code'?" in capsys.readouterr().err
