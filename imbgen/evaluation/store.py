"""Results of jobs on disk, so that a comparison that was cut off goes on from there."""

from __future__ import annotations

import hashlib
import json
import pickle
import sys
from dataclasses import fields
from importlib.metadata import version
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import pandas as pd

from imbgen.errors import ParameterError
from imbgen.evaluation.comparison_json import frame_from_json, frame_to_json
from imbgen.evaluation.jobs import JobResult
from imbgen.evaluation.protocol import OK, Job, Protocol
from imbgen.files import whole_file

__all__ = ["JobStore", "describe_changes", "job_key"]

_SETTINGS = "settings.json"
_NOT_PICKLED = (pickle.PicklingError, AttributeError, TypeError)


def job_key(job: Job, digest: str, protocol: Protocol) -> str:
    """Return a hash of all that a result depends on: data, split, arm, protocol, version of the package.

    Parameters
    ----------
    job : Job
    digest : str
        Of the data set (see `Task.digest`).
    protocol : Protocol

    Raises
    ------
    ParameterError
        An arm or a classifier cannot be pickled.
    """
    parts = [
        sys.modules["imbgen"].__version__,
        digest,
        job.split.train.tobytes(),
        job.split.test.tobytes(),
        (job.split.repeat, job.split.fold, job.ratio, job.minority_size, job.seed),
        (job.keeps_predictions, job.keeps_rows),
        (job.arm.name, job.arm.kind, job.arm.source),
        # Not the time that was allowed: what took less is the same, and what took more was not kept.
        {item.name: getattr(protocol, item.name) for item in fields(protocol) if item.name != "timeout"},
        *(version(package) for package in ("scikit-learn", "imbalanced-learn")),
    ]
    try:
        return hashlib.sha256(joblib.hash(parts).encode()).hexdigest()[:32]
    except _NOT_PICKLED as error:
        raise _explain(error, job, protocol) from error


def _explain(error: Exception, job: Job, protocol: Protocol) -> ParameterError:
    """Say which arm or classifier has no content to be known again by."""
    named = {f"the classifier {name!r}": model for name, model in protocol.classifiers.items()}
    for what, source in {f"the arm {job.arm.name!r}": job.arm.source, **named}.items():
        try:
            joblib.hash(source)
        except _NOT_PICKLED as reason:
            return ParameterError(
                f"To resume, arms and classifiers must be told by their content, however: {what} cannot be"
                f" pickled ({str(reason).splitlines()[0]}). Use functions and classes of a module in it, no"
                " lambda, or leave out `resume`."
            )
    return ParameterError(
        f"To resume, settings must be told by their content, however: {error}. Change them."
    )


class JobStore:
    """A folder with one JSON file per job that is done.

    Parameters
    ----------
    folder : Path
        Made if it is missing. Its files hold some rows of the data.
    reads : bool
        Whether what is there is taken; else all is done anew, and replaces it.
    """

    def __init__(self, folder: str | Path, *, reads: bool = True) -> None:
        self._folder, self._reads = Path(folder).expanduser(), reads

    def get(self, key: str) -> JobResult | None:
        """Return what was put there under a key; failures and damaged files are done again."""
        if not self._reads:
            return None
        try:
            state = json.loads((self._folder / f"{key}.json").read_text(encoding="utf-8"))
            result = _from_state(state)
        except (OSError, ValueError, KeyError, TypeError):
            return None
        return result if result.run["status"] == OK else None

    def put(self, key: str, result: JobResult) -> None:
        """Write a result under a key."""
        with whole_file(self._folder / f"{key}.json") as temporary:
            temporary.write_text(json.dumps(_to_state(result)), encoding="utf-8")

    def settings(self) -> dict[str, Any]:
        """Return the settings that the folder was last used with; none if it is new, or not read."""
        if not self._reads:
            return {}
        try:
            settings = json.loads((self._folder / _SETTINGS).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return settings if isinstance(settings, dict) else {}

    def keep_settings(self, settings: dict[str, Any]) -> None:
        """Write the settings of this use."""
        with whole_file(self._folder / _SETTINGS) as temporary:
            temporary.write_text(json.dumps(settings), encoding="utf-8")


def describe_changes(before: dict[str, Any], now: dict[str, Any]) -> list[str]:
    """Return what differs between two settings, one text each."""
    changes = []
    now = json.loads(json.dumps(now))
    for key in [*now, *(key for key in before if key not in now)]:
        old, new = before.get(key), now.get(key)
        if isinstance(old, dict) and isinstance(new, dict):
            changes += [f"{key}.{change}" for change in describe_changes(old, new)]
        elif old != new:
            changes.append(f"{key}: {_short(old)} -> {_short(new)}")
    return changes


def _short(value: Any) -> str:
    text = "none" if value is None else repr(value)
    return text if len(text) <= 80 else f"{text[:77]}..."


def _to_state(result: JobResult) -> dict[str, Any]:
    state: dict[str, Any] = {}
    for item in fields(result):
        value = getattr(result, item.name)
        if isinstance(value, pd.DataFrame):
            value = frame_to_json(value)
        elif item.name == "rows":
            value = {origin: frame_to_json(frame) for origin, frame in value.items()}
        state[item.name] = _without_nan(value)
    return state


def _from_state(state: dict[str, Any]) -> JobResult:
    result = JobResult(**_with_nan(state))
    if state["predictions"] is not None:
        result.predictions = frame_from_json(state["predictions"])
    result.rows = {origin: frame_from_json(frame) for origin, frame in state["rows"].items()}
    return result


def _without_nan(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_nan(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_without_nan(item) for item in value]
    value = value.item() if isinstance(value, np.generic) else value
    return {"nan": None} if isinstance(value, float) and np.isnan(value) else value


def _with_nan(value: Any) -> Any:
    if isinstance(value, dict):
        return (
            float("nan") if value == {"nan": None} else {key: _with_nan(item) for key, item in value.items()}
        )
    return [_with_nan(item) for item in value] if isinstance(value, list) else value
