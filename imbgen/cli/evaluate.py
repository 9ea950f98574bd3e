"""`imbgen evaluate`: a trained generator against the Gaussian mixture, on rows that it has not seen."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from imbgen.cli.pages import check_place, write_html
from imbgen.cli.parsing import new_parser, parameter_help, parse
from imbgen.cli.reading import find_label, read_data
from imbgen.cli.run_folder import METRICS, TRAINING_ROWS
from imbgen.cli.skill_text import describe_skill, explain_skill
from imbgen.cli.terminal import fallback_facts, open_console, show_facts
from imbgen.errors import DataError, ModelFileError
from imbgen.evaluation import conform, held_out_skill, seen_rows
from imbgen.generators.base import BaseGenerator
from imbgen.generators.storage import load_generator
from imbgen.tables import CSVFormat, count_classes, read_table

__all__ = ["evaluate", "run"]


def run(argv: Sequence[str]) -> None:
    """Parse the arguments and call `evaluate`."""
    parser, text = new_parser("evaluate", evaluate), parameter_help(evaluate)
    parser.add_argument("run", type=str, help=text["run"])
    parser.add_argument("--data", type=str | None, help=text["data"])
    parser.add_argument("--target", type=str | None, help=text["target"])
    parser.add_argument("--minority", type=str | None, help=text["minority"])
    parser.add_class_arguments(CSVFormat, "csv")
    parser.add_argument("--n_sample", type=int, default=1000, help=text["n_sample"])
    parser.add_argument("--html", type=str | None, help=text["html"])
    parser.add_argument("--overwrite", action="store_true", help=text["overwrite"])
    parser.add_argument("--random_state", type=int, default=0, help=text["random_state"])
    parsed = parser.instantiate(parse(parser, argv))
    evaluate(**{name: parsed[name] for name in text})


def evaluate(
    run: str,
    data: str | None = None,
    target: str | None = None,
    minority: str | None = None,
    csv: CSVFormat | None = None,
    n_sample: int = 1000,
    html: str | None = None,
    overwrite: bool = False,
    random_state: int = 0,
) -> None:
    """Compare a trained generator with a Gaussian mixture on held-out rows.

    Parameters
    ----------
    run : str
        Run folder that `imbgen train` printed.
    data : str, optional
        Table with rows that the generator has not seen, in any format that `train` reads. Without it the
        out-of-fold skill of the training is shown.
    target : str, optional
        Column of the labels; by default that of the training. If the table has no such column, all its
        rows count as rows of the class.
    minority : str, optional
        Label of the rows to score; by default the class that was learned.
    csv : CSVFormat, optional
        How a CSV file is written.
    n_sample : int
        Synthetic rows that generator and mixture are scored by.
    html : str, optional
        File to write: the same with fidelity, copies and pictures, as one page that needs nothing else.
    overwrite : bool
        Replace the page if it exists.
    random_state : int
        Seed.
    """
    if html is not None:
        check_place(html, overwrite)
    folder = Path(run)
    generator = load_generator(folder)
    metrics = _read_metrics(folder)
    facts = {
        "run": run,
        "learned": f"{metrics['generator']}, {metrics['n_rows']:,} rows of {metrics['minority']!r}"
        f" in {metrics['data']}",
    } | fallback_facts(generator)
    unseen = None
    if data is None:
        facts |= _stored_skill(metrics)
    else:
        training = _read_training_rows(folder)
        rows, note = _read_held_out(data, csv, target or metrics["target"], minority, metrics["minority"])
        unseen, n_seen = _drop_seen(conform(rows, generator.schema_), training)
        facts["data"] = f"{data}: {len(unseen):,} {note}"
        if n_seen:
            facts["data"] += f"; {n_seen:,} more equal a training row and were left out"
        facts |= _score(generator, training, unseen, n_sample, random_state)
    console = open_console()
    show_facts(console, facts)
    if html is not None:
        _write_report(generator, _read_training_rows(folder), unseen, facts, html, n_sample, random_state)
        console.print(f"Wrote {html}")


def _score(
    generator: BaseGenerator, training: pd.DataFrame, unseen: pd.DataFrame, n_sample: int, random_state: int
) -> dict[str, str]:
    skill = held_out_skill(generator, training, unseen, n_sample=n_sample, random_state=random_state)
    return {
        "skill": describe_skill(skill.value, skill.standard_error, skill.n_rows),
        "": explain_skill(skill.value, skill.standard_error),
    }


def _write_report(
    generator: BaseGenerator,
    training: pd.DataFrame,
    unseen: pd.DataFrame | None,
    facts: Mapping[str, str],
    html: str,
    n_sample: int,
    random_state: int,
) -> None:
    # Pictures take a while to load, and the terminal needs none.
    from imbgen.evaluation.report.generator import generator_page

    named = {name: fact for name, fact in facts.items() if name}
    page = generator_page(
        generator,
        conform(training, generator.schema_),
        unseen,
        name=type(generator).__name__,
        sentence=facts.get("", f"Skill: {facts['skill']}"),
        facts=named,
        n_sample=n_sample,
        random_state=random_state,
    )
    write_html(page, html)


def _read_metrics(folder: Path) -> dict[str, Any]:
    path = folder / METRICS
    if not path.is_file():
        raise ModelFileError(
            f"`imbgen evaluate` needs a run folder, however: {str(folder)!r} has no {METRICS}. "
            "Pass the folder that `imbgen train` printed, not the model in it."
        )
    try:
        metrics = json.loads(path.read_text(encoding="utf-8"))
        if {"generator", "n_rows", "minority", "data", "target", "skill"} <= metrics.keys():
            return metrics
    except (ValueError, AttributeError) as error:
        raise ModelFileError(
            f"{METRICS} must be JSON, however: {str(path)!r} cannot be read ({error}). Train again."
        ) from error
    raise ModelFileError(f"{METRICS} must be complete, however: {str(path)!r} is not. Train again.")


def _stored_skill(metrics: dict[str, Any]) -> dict[str, str]:
    skill = metrics["skill"]
    if skill is None:
        why = metrics.get("no_skill", "the run has none")
        return {"skill": f"none: {why}. Score it on held-out rows with --data FILE."}
    return {
        "skill": describe_skill(skill["value"], skill["standard_error"], skill["n_rows"]),
        "": explain_skill(skill["value"], skill["standard_error"]),
        "basis": "out-of-fold: each row was scored by what was trained without it",
    }


def _read_training_rows(folder: Path) -> pd.DataFrame:
    path = folder / TRAINING_ROWS
    if not path.is_file():
        raise ModelFileError(
            f"A run folder must hold {TRAINING_ROWS} to tell unseen rows, however: {str(folder)!r} does not. "
            "Train again."
        )
    return read_table(path)


def _read_held_out(
    data: str, csv: CSVFormat | None, target: str, minority: str | None, learned: Any
) -> tuple[pd.DataFrame, str]:
    """Return the rows to score, without labels, and what they are."""
    _, table = read_data(data, csv)
    if target not in table.columns:
        if minority is not None:
            raise DataError(
                f"`--minority` needs labels, however: {data!r} has no column {target!r}. "
                "Name it with --target."
            )
        return table, f"rows (no column {target!r}, so all count as rows of the class)"
    label = find_label(
        learned if minority is None else minority, count_classes(table[target]), target, key="--minority"
    )
    rows = table[table[target] == label].drop(columns=target).reset_index(drop=True)
    return rows, f"rows of {str(label)!r}"


def _drop_seen(rows: pd.DataFrame, training: pd.DataFrame) -> tuple[pd.DataFrame, int]:
    seen = seen_rows(rows, training)
    if seen.all():
        raise DataError(
            f"Rows to evaluate on must be rows that the model has not seen, however: all {len(rows):,} equal"
            " a training row. Give other rows, or leave --data out to see the out-of-fold skill."
        )
    return rows[~seen].reset_index(drop=True), int(seen.sum())
