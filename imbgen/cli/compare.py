"""`imbgen compare`: a table and arms in, a verdict and a run folder out."""

from __future__ import annotations

import re
import shlex
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
from rich.console import Console

from imbgen.cli.arguments import add_config_arguments, parse_config
from imbgen.cli.arms import build_arms, build_classifiers, complain
from imbgen.cli.compare_text import result_table, summarise
from imbgen.cli.layout import Layout
from imbgen.cli.parsing import new_parser
from imbgen.cli.reading import find_label, list_sizes, read_data
from imbgen.cli.run_folder import RunFolder, new_run_folder, write_metrics
from imbgen.cli.terminal import open_console, remember_warnings, show_facts, show_table
from imbgen.config import CompareConfig, DataConfig
from imbgen.errors import ConfigError, DataError
from imbgen.evaluation import Comparison
from imbgen.evaluation import compare as compare_arms
from imbgen.evaluation.store import JobStore
from imbgen.tables import count_classes, read_target, write_table

__all__ = ["LAYOUT", "compare", "run"]

#: The page in the run folder.
REPORT = "report.html"

LAYOUT = Layout(
    config=CompareConfig,
    section="",
    noun="",
    bases=(),
    choices={},
    default="",
    complain=complain,
    raw=("arms", "classifiers", "more_data"),
)


def run(argv: Sequence[str]) -> None:
    """Parse the arguments and call `compare`."""
    parser = new_parser("compare", compare)
    add_config_arguments(parser, LAYOUT)
    compare(*parse_config(parser, argv, LAYOUT))


def compare(config: CompareConfig, text: str) -> Path:
    """Say whether to augment a table, with what, and how sure that is; write a run folder.

    Parameters
    ----------
    config : CompareConfig
        What to do.
    text : str
        The same as YAML, kept in the run folder.

    Returns
    -------
    path : Path
        The run folder.
    """
    console = open_console()
    tables = _read(config, console)
    stem = "-".join(tables) if len(tables) < 4 else f"{next(iter(tables))}-and-{len(tables) - 1}-more"
    store = config.output.expanduser() / "fits" / stem
    with new_run_folder(config.output, f"{stem}-compare") as folder:
        (folder.path / "config.yaml").write_text(text, encoding="utf-8")
        try:
            with remember_warnings() as told:
                result = _compare(config, tables, store)
        except KeyboardInterrupt:
            raise KeyboardInterrupt(f"what was fitted is kept in {store}. Go on with --resume.") from None
        _write(folder, result)
        if config.report:
            result.to_html(folder.path / REPORT)
    _show(console, result, folder.path, told)
    return folder.path


def _read(config: CompareConfig, console: Console) -> dict[str, dict[str, Any]]:
    """Return X, y, minority and groups of each data set, and tell what was read."""
    found: dict[str, dict[str, Any]] = {}
    for data in [config.data, *(_open_data(item, config.data) for item in config.more_data or ())]:
        name, table = read_data(data.path, data.csv, {data.target, *(data.schema or {})})
        while name in found:
            name = f"{name}_2"
        X, y = read_target(table, data.target)
        groups = None
        if config.groups is not None:
            if config.groups not in X.columns:
                raise DataError(
                    f"`groups` must be a column of each table, however: {name!r} has no {config.groups!r}."
                    " Correct the name."
                )
            groups = X.pop(config.groups)
        sizes = count_classes(y)
        rare = sizes.index[-1] if data.minority is None else find_label(data.minority, sizes, data.target)
        found[name] = {"pair": (X, y), "minority": rare, "groups": groups, "schema": data.schema or {}}
        facts = {
            "data": f"{name}: {len(X):,} rows, {X.shape[1]} columns, target {data.target!r}",
            "classes": f"{list_sizes(sizes)}; {str(rare)!r} against the rest",
        }
        show_facts(console, facts)
    return found


def _open_data(item: Any, first: DataConfig) -> DataConfig:
    if isinstance(item, Mapping):
        try:
            return DataConfig(**item)
        except TypeError as error:
            raise ConfigError(
                f"`more_data` must have the keys of `data`, however: {str(error).split('__init__() ')[-1]}."
                " Correct the keys."
            ) from error
    return DataConfig(str(item), target=first.target)


def _compare(config: CompareConfig, tables: Mapping[str, Mapping[str, Any]], store: Path) -> Comparison:
    has_groups = config.groups is not None
    return compare_arms(
        {name: table["pair"] for name, table in tables.items()},
        arms=build_arms(config.arms),
        cv=config.cv,
        n_repeats=config.n_repeats,
        groups={name: table["groups"] for name, table in tables.items()} if has_groups else None,
        classifiers=build_classifiers(config.classifiers),
        metrics=config.metrics,
        minority={name: table["minority"] for name, table in tables.items()},
        ratios=config.ratios,
        minority_sizes=config.minority_sizes,
        n_seeds=config.n_seeds,
        threshold_folds=config.threshold_folds,
        fidelity=config.fidelity,
        schema={name: table["schema"] for name, table in tables.items()},
        timeout=config.timeout,
        resume=JobStore(store, reads=config.resume),
        n_jobs=config.n_jobs,
        progress=True,
        random_state=config.seed,
    )


def _write(folder: RunFolder, result: Comparison) -> None:
    """Write all that a run folder of a comparison holds."""
    result.to_json(folder.path / "comparison.json")
    for name in ("results", "fidelity", "runs", "summary", "tests", "across", "ranks"):
        frame: pd.DataFrame = getattr(result, name)
        if len(frame):
            write_table(frame, folder.path / f"{name}.csv")
    write_metrics(folder, summarise(result))
    _log(folder.path / "tensorboard", result)


def _log(log_dir: Path, result: Comparison) -> None:
    """Write the final figures of each arm as a run of TensorBoard."""
    from imbgen.models.tensorboard import log_figures

    for arm in summarise(result)["arms"]:
        parameters = {
            key: arm[key] for key in ("dataset", "arm", "ratio", "minority_size") if arm[key] is not None
        }
        slug = "-".join(re.sub(r"[^\w.]+", "_", str(value)) for value in parameters.values())
        figures = {name: value for name, value in arm["figures"].items() if value is not None}
        log_figures(log_dir / slug, parameters | {"seed": result.settings["random_state"]}, figures)


def _show(console: Console, result: Comparison, path: Path, told: Collection[str]) -> None:
    """Print what came out, but for the notices that were told as warnings."""
    console.print()
    for dataset in result.datasets["dataset"]:
        if len(result.datasets) > 1:
            console.print(f"\n{dataset}: {result.verdicts[dataset]}")
        show_table(console, *result_table(result, dataset))
    for notice in result.notices:
        if notice not in told:
            console.print(f"note: {notice}")
    console.print(f"\n{result.verdict}")
    for reason in result.verdict.reasons:
        console.print(f"  {reason}")
    facts = {"time": f"{result.seconds:.1f} s", "run": str(path)}
    if (path / REPORT).exists():
        facts["report"] = str(path / REPORT)
    show_facts(console, facts)
    console.print("\nNext:")
    console.print(f"  tensorboard --logdir {shlex.quote(str(path))}")
    console.print("or in Python:")
    console.print("  from imbgen import Comparison")
    console.print(f"  result = Comparison.from_json({str(path / 'comparison.json')!r})")
