"""`imbgen train`: a table and a config in, a run folder out."""

from __future__ import annotations

import shlex
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from sklearn.base import clone

from imbgen.cli.arguments import add_train_arguments, parse_train
from imbgen.cli.parsing import new_parser
from imbgen.cli.reading import read_training_rows
from imbgen.cli.run_folder import new_run_folder, summarise_fit, write_fit
from imbgen.cli.terminal import open_console, show_facts
from imbgen.config import TrainConfig
from imbgen.generators.base import BaseGenerator

__all__ = ["explain_skill", "run", "train"]


def run(argv: Sequence[str]) -> None:
    """Parse the arguments and call `train`."""
    parser = new_parser("train", train)
    add_train_arguments(parser)
    train(*parse_train(parser, argv))


def train(config: TrainConfig, text: str) -> Path:
    """Learn the rare class of a table and write a run folder.

    Parameters
    ----------
    config : TrainConfig
        What to do.
    text : str
        The same as YAML, kept in the run folder.

    Returns
    -------
    path : Path
        The run folder.
    """
    console = open_console()
    rows = read_training_rows(config.data)
    facts = rows.facts()
    show_facts(console, facts)
    with new_run_folder(config.output, f"{rows.name}-{_short_name(config.generator)}") as folder:
        (folder.path / "config.yaml").write_text(text, encoding="utf-8")
        generator = _prepare(config, folder.path)
        if "log_dir" in generator.get_params(deep=False):
            _log_texts(generator.log_dir, config=f"```yaml\n{text}```", data=_as_list(facts))
            console.print(f"watch    tensorboard --logdir {shlex.quote(str(config.output))}")
        start = time.perf_counter()
        generator.fit(rows.frame)
        metrics = summarise_fit(generator, rows, time.perf_counter() - start)
        write_fit(folder, generator, metrics)
    _show_result(console, generator, metrics, folder.path)
    return folder.path


def _short_name(generator: BaseGenerator) -> str:
    return type(generator).__name__.removesuffix("Generator").lower() or "generator"


def _prepare(config: TrainConfig, folder: Path) -> Any:
    """Return a copy of the generator with what a run decides: seed, kinds, where to log, progress."""
    generator = clone(config.generator)
    given = generator.get_params(deep=False)
    decided: dict[str, Any] = {
        "random_state": config.seed,
        "schema": config.data.schema,
        "log_dir": folder,
    }
    changes = {name: value for name, value in decided.items() if name in given and given[name] is None}
    if "trainer" in given:
        changes["trainer"] = {"enable_progress_bar": True} | dict(given["trainer"] or {})
    return generator.set_params(**changes)


def _log_texts(log_dir: Path, **texts: str) -> None:
    """Write texts to the TensorBoard events of the run."""
    from imbgen.models.tensorboard import open_logger

    logger = open_logger(log_dir)
    for tag, text in texts.items():
        logger.experiment.add_text(tag, text)
    logger.finalize("success")


def _as_list(facts: dict[str, str]) -> str:
    return "\n".join(f"- **{name}**: {fact}" for name, fact in facts.items())


def _show_result(console: Console, generator: BaseGenerator, metrics: dict[str, Any], path: Path) -> None:
    console.print()
    show_facts(console, _result_facts(metrics) | {"time": f"{metrics['seconds']:.1f} s", "run": str(path)})
    console.print("\nNext:")
    quoted = shlex.quote(str(path))
    console.print(f"  imbgen sample {quoted} --n 1000 --out synth.parquet")
    if (path / "tensorboard").is_dir():
        console.print(f"  tensorboard --logdir {quoted}")
    console.print("or in Python:")
    console.print("  from imbgen import load_generator")
    console.print(f"  rows = load_generator({str(path)!r}).sample(1000)")


def _result_facts(metrics: dict[str, Any]) -> dict[str, str]:
    facts = {}
    skill = metrics["skill"]
    if skill is not None:
        error = "unknown" if skill["standard_error"] is None else f"{skill['standard_error']:.3f}"
        facts["skill"] = (
            f"{skill['value']:+.3f} ± {error} nats per row over a Gaussian mixture,"
            f" on {skill['n_rows']} held-out rows"
        )
        facts[""] = explain_skill(skill["value"], skill["standard_error"])
    if "n_components" in metrics:
        facts["mixture"] = f"{metrics['n_components']} components, {metrics['covariance_type']} covariance"
        if metrics.get("log_likelihood") is not None:
            facts["mixture"] += f", log-likelihood {metrics['log_likelihood']:.3f} nats per row"
        if metrics.get("silhouette") is not None:
            facts["mixture"] += f", silhouette {metrics['silhouette']:.2f}"
    if "stop_reason" in metrics:
        facts["stopped"] = metrics["stop_reason"]
    return facts


def explain_skill(value: float, standard_error: float | None) -> str:
    """Say in one sentence what a skill means.

    Parameters
    ----------
    value : float
        Gain in log score over the Gaussian mixture, nats per row.
    standard_error : float or None
        Of the gain.

    Returns
    -------
    sentence : str

    Examples
    --------
    >>> from imbgen.cli.train import explain_skill
    >>> explain_skill(0.3, 0.1)
    'Better than a Gaussian mixture, by more than one standard error.'
    >>> explain_skill(0.05, 0.1)
    'Not better than a Gaussian mixture: the difference is within one standard error.'
    """
    if standard_error is None or abs(value) <= standard_error:
        return "Not better than a Gaussian mixture: the difference is within one standard error."
    if value < 0:
        return "Not better than a Gaussian mixture but worse; a GMMGenerator is the better choice here."
    return "Better than a Gaussian mixture, by more than one standard error."
