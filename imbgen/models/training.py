"""Running a Trainer without its side effects: no files unless asked, quiet, and Ctrl-C ends in order."""

from __future__ import annotations

import inspect
import itertools
import logging
import signal
import threading
import warnings
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from numbers import Integral
from pathlib import Path
from typing import Any

import lightning
import torch
from lightning.fabric.utilities.exceptions import MisconfigurationException
from lightning.pytorch.callbacks import ModelCheckpoint
from lightning.pytorch.loggers import Logger

from imbgen.errors import DataError, ParameterError, did_you_mean

__all__ = [
    "Interrupt",
    "build_trainer",
    "catch_interrupt",
    "check_options",
    "claim_folder",
    "fit_module",
    "quiet_lightning",
]

_CHECKPOINTS = "checkpoints"
# What Lightning does not do for modules that make their updates themselves: its default, and a remedy.
_OWN_WORK = {
    "gradient_clip_val": (None, "Lower `learning_rate`"),
    "gradient_clip_algorithm": (None, "Lower `learning_rate`"),
    "accumulate_grad_batches": (1, "Raise `batch_size`"),
}


class Interrupt:
    """Whether the user has pressed Ctrl-C since training began."""

    def __init__(self) -> None:
        self.requested = False

    def __call__(self) -> bool:
        """Return `requested`."""
        return self.requested


@contextmanager
def catch_interrupt() -> Iterator[Interrupt]:
    """Turn the first Ctrl-C into a request to stop at the next check; a second one interrupts as usual."""
    interrupt = Interrupt()
    if threading.current_thread() is not threading.main_thread():
        yield interrupt  # signals reach the main thread only
        return
    previous = signal.getsignal(signal.SIGINT)

    def handle(*_: object) -> None:
        interrupt.requested = True
        signal.signal(signal.SIGINT, previous)

    signal.signal(signal.SIGINT, handle)
    try:
        yield interrupt
    finally:
        signal.signal(signal.SIGINT, previous)


@contextmanager
def quiet_lightning() -> Iterator[None]:
    """Keep Lightning's notes on devices and its advice on data loaders from the user's terminal."""
    logger = logging.getLogger("lightning.pytorch")
    level = logger.level
    logger.setLevel(logging.WARNING)
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", module="lightning.*")
            yield
    finally:
        logger.setLevel(level)


def claim_folder(log_dir: str | Path) -> Path:
    """Make the folder that one fit writes to: `log_dir`, or where fits have been, ``fit-2`` in it and so on.

    Parameters
    ----------
    log_dir : str or Path

    Returns
    -------
    path : Path
        No other fit, of this process or another one, has it.

    Raises
    ------
    ParameterError
        It cannot be written.
    """
    for i in itertools.count(1):
        path = Path(log_dir) if i == 1 else Path(log_dir) / f"fit-{i}"
        try:
            (path / _CHECKPOINTS).mkdir(parents=True)
        except FileExistsError:
            if (path / _CHECKPOINTS).is_dir():
                continue
            raise _unwritable(path, "it is a file") from None
        except (OSError, ValueError) as error:
            raise _unwritable(path, getattr(error, "strerror", None) or str(error)) from error
        return path
    raise AssertionError("folders are endless")


def _unwritable(path: Path, why: str) -> ParameterError:
    return ParameterError(
        f"`log_dir` must be a folder that can be written, however: {str(path)!r} is not ({why}). "
        "Name another one."
    )


def build_trainer(
    options: Mapping[str, Any],
    *,
    n_checks: int,
    callbacks: Sequence[lightning.Callback],
    logger: Logger | None,
    log_dir: str | Path | None,
) -> lightning.Trainer:
    """Build a Trainer that writes nothing unless `log_dir` is given.

    Parameters
    ----------
    options : mapping
        The user's; they win over what is set here, but for callbacks, which are joined.
    n_checks : int
        Epochs: one check ends each.
    callbacks : sequence of Callback
    logger : Logger or None
    log_dir : str, Path or None
        Where checkpoints go.
    """
    options = dict(options)
    options.pop("enable_progress_bar", None)
    joined = [*callbacks, *_as_list(options.pop("callbacks", None))]
    if log_dir is not None:
        joined.append(
            ModelCheckpoint(
                Path(log_dir) / _CHECKPOINTS,
                filename="last",
                save_on_train_epoch_end=True,
                enable_version_counter=False,
            )
        )
    defaults: dict[str, Any] = {
        "devices": 1,
        "max_epochs": n_checks,
        "logger": logger if logger is not None else False,
        "enable_checkpointing": log_dir is not None,
        "enable_model_summary": False,
        "log_every_n_steps": 1,
    }
    try:
        return lightning.Trainer(**(defaults | options), callbacks=joined, enable_progress_bar=False)
    except (
        MisconfigurationException,
        AssertionError,
        AttributeError,
        ImportError,
        TypeError,
        ValueError,
        RuntimeError,
    ) as error:
        reason = (str(error).strip().splitlines() or [f"they give {error!r}"])[0].rstrip(".!")
        raise ParameterError(
            f"`trainer` must hold options that lightning.Trainer accepts here, however: {reason}. "
            "Correct them."
        ) from error


def fit_module(
    trainer: lightning.Trainer, module: lightning.LightningModule, rows: lightning.LightningDataModule
) -> None:
    """Train; a Ctrl-C that Lightning turned into an exit is an interrupt again.

    Raises
    ------
    DataError
        A GPU has too little memory.
    """
    try:
        trainer.fit(module, datamodule=rows)
    except torch.cuda.OutOfMemoryError as error:
        raise DataError(
            "Networks, rows and a batch must fit into the memory of the GPU, however: "
            f"{str(error).splitlines()[0].rstrip('.')}. Lower `batch_size` or `d_hidden`, or train on the "
            "CPU: trainer={'accelerator': 'cpu'}."
        ) from error
    except SystemExit as stop:
        if isinstance(stop.__context__, KeyboardInterrupt):
            raise KeyboardInterrupt from stop
        raise


def _as_list(given: Any) -> list[Any]:
    if given is None:
        return []
    return list(given) if isinstance(given, Collection) and not isinstance(given, str) else [given]


def check_options(options: Mapping[str, Any]) -> None:
    """Raise ParameterError for options that Lightning does not know, or would only fail over later."""
    known = inspect.signature(lightning.Trainer).parameters
    for name, kind, noun in (("callbacks", lightning.Callback, "callbacks"), ("logger", Logger, "loggers")):
        given = options.get(name)
        kinds = (kind, bool) if name == "logger" else (kind,)
        if not all(isinstance(item, kinds) for item in _as_list(given)):
            raise ParameterError(
                f"`trainer` must hold {noun} of lightning under {name!r}, however: {name}={given!r}. "
                "Pass objects of these classes, or drop it."
            )
    for name in ("max_epochs", "min_epochs", "max_steps", "min_steps"):
        if not isinstance(options.get(name, 1), Integral | None):
            raise ParameterError(
                f"`trainer` must hold a whole number under {name!r}, however: {name}={options[name]!r}. "
                "Set it to one, or drop it."
            )
    for name, (default, remedy) in _OWN_WORK.items():
        if options.get(name, default) != default:
            raise ParameterError(
                f"`trainer` must leave out {name!r}, which does nothing for modules that make their updates "
                f"themselves, however: {name}={options[name]!r}. {remedy} instead."
            )
    for name in options:
        if name not in known:
            raise ParameterError(
                f"`trainer` must hold options of lightning.Trainer, however: {name!r} is none."
                f"{did_you_mean(name, known)} Correct or drop it."
            )
