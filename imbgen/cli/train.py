"""`imbgen train`: a table and a config in, a run folder out."""

from __future__ import annotations

import shlex
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from sklearn.base import clone

from imbgen.cli.arguments import add_config_arguments, parse_config
from imbgen.cli.layout import Layout
from imbgen.cli.parsing import new_parser
from imbgen.cli.reading import TrainingRows, read_training_rows
from imbgen.cli.run_folder import TRAINING_ROWS, new_run_folder, summarise_fit, write_fit
from imbgen.cli.skill_text import describe_skill, explain_skill
from imbgen.cli.terminal import open_console, show_facts
from imbgen.config import TrainConfig
from imbgen.evaluation.skills import FEWEST_ROWS, out_of_fold_skill
from imbgen.generators.base import BaseGenerator
from imbgen.generators.gmm import GMMGenerator
from imbgen.generators.registry import class_paths
from imbgen.metrics import Skill
from imbgen.tables import write_table

__all__ = ["LAYOUT", "run", "train"]

LAYOUT = Layout(
    config=TrainConfig,
    section="generator",
    noun="a generator",
    bases=(BaseGenerator,),
    choices=class_paths(),
    default="imbgen.GANGenerator",
)


def run(argv: Sequence[str]) -> None:
    """Parse the arguments and call `train`."""
    parser = new_parser("train", train)
    add_config_arguments(parser, LAYOUT)
    train(*parse_config(parser, argv, LAYOUT))


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
    rows = read_training_rows(config.data, with_others=config.generator.uses_others)
    facts = rows.facts()
    show_facts(console, facts)
    with new_run_folder(config.output, f"{rows.name}-{_short_name(config.generator)}") as folder:
        (folder.path / "config.yaml").write_text(text, encoding="utf-8")
        write_table(rows.frame, folder.path / TRAINING_ROWS)
        generator = _prepare(config, folder.path)
        if "log_dir" in generator.get_params(deep=False):
            _log_texts(generator.log_dir, config=f"```yaml\n{text}```", data=_as_list(facts))
            console.print(f"watch    tensorboard --logdir {shlex.quote(str(config.output))}")
        start = time.perf_counter()
        generator.fit(rows.frame, others=rows.others)
        seconds = time.perf_counter() - start
        metrics = summarise_fit(generator, rows, seconds, *_judge(generator, rows))
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


def _judge(generator: BaseGenerator, rows: TrainingRows) -> tuple[Skill | None, str | None]:
    """Return the out-of-fold skill, or why there is none."""
    own = getattr(generator, "skill_", None)
    if own is not None:
        return own, None
    fitted = getattr(generator, "fallback_", None) or generator
    if _is_baseline(fitted):
        return None, "this is the Gaussian mixture that others are measured from"
    if len(rows.frame) < FEWEST_ROWS:
        return None, f"{len(rows.frame)} rows are too few to hold some out"
    return out_of_fold_skill(fitted, rows.frame, others=rows.others), None


def _is_baseline(generator: BaseGenerator) -> bool:
    given = generator.get_params(deep=False) | {"schema": None, "random_state": None}
    listed = {name: tuple(value) if isinstance(value, list) else value for name, value in given.items()}
    return isinstance(generator, GMMGenerator) and listed == GMMGenerator().get_params(deep=False)


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
    console.print(f"  imbgen evaluate {quoted} --data held_out.csv")
    if (path / "tensorboard").is_dir():
        console.print(f"  tensorboard --logdir {quoted}")
    console.print("or in Python:")
    console.print("  from imbgen import load_generator")
    console.print(f"  rows = load_generator({str(path)!r}).sample(1000)")


def _result_facts(metrics: dict[str, Any]) -> dict[str, str]:
    facts = {}
    skill = metrics["skill"]
    if skill is not None:
        facts["skill"] = describe_skill(skill["value"], skill["standard_error"], skill["n_rows"])
        facts[""] = explain_skill(skill["value"], skill["standard_error"])
    else:
        facts["skill"] = f"none: {metrics['no_skill']}"
    if "n_components" in metrics:
        n = metrics["n_components"]
        facts["mixture"] = f"{n} component{'s' * (n > 1)}, {metrics['covariance_type']} covariance"
        if metrics.get("log_likelihood") is not None:
            facts["mixture"] += f", log-likelihood {metrics['log_likelihood']:.3f} nats per row"
        if metrics.get("silhouette") is not None:
            facts["mixture"] += f", silhouette {metrics['silhouette']:.2f}"
    if "bandwidth" in metrics:
        facts["kernels"] = (
            f"bandwidth {metrics['bandwidth']:.2f}, smoothing {metrics['smoothing']:.3f}, shrinkage"
            f" {metrics['shrinkage']:.2f}, {metrics['n_neighbors']} neighbours"
        )
    elif "n_neighbors" in metrics:
        facts["method"] = f"{metrics.get('method', 'interpolation')}, {metrics['n_neighbors']} neighbours"
    if "stop_reason" in metrics:
        facts["stopped"] = metrics["stop_reason"]
    return facts | _refinement_facts(metrics)


def _refinement_facts(metrics: dict[str, Any]) -> dict[str, str]:
    """Say what was chosen of a refinement, and why."""
    facts = {}
    if metrics.get("reason"):
        facts["refined"] = metrics["reason"]
    if metrics.get("scale") is not None:
        columns = zip(metrics["weight"], metrics["scale"], metrics["thinned"], strict=True)
        choices = Counter(_describe_choice(*choice) for choice in columns)
        facts["chosen"] = "; ".join(
            f"{text} ({n} of {choices.total()} networks)" for text, n in choices.items()
        )
        facts["alone"] = (
            f"{metrics['presampler_skill']} for the pre-sampler's own rows over a Gaussian mixture"
        )
    if metrics.get("plausibility") is not None:
        facts["classes"] = metrics["plausibility"]
    if metrics.get("used_others"):
        facts["others"] = "rows of the other classes had a say"
    return facts


def _describe_choice(weight: float, scale: float, is_thinned: bool) -> str:
    if not weight:
        return "pre-samples, thinned by their density ratio" if is_thinned else "pre-samples as they are"
    return f"{weight:.0%} refined rows at {scale:.0%} of the residual"
