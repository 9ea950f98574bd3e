"""Models on disk: a folder with safetensors and versioned JSON. Loading one runs no code from it."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load as load_arrays
from safetensors.numpy import save as save_arrays
from sklearn.base import BaseEstimator

from imbgen.errors import ModelFileError
from imbgen.frames import Container
from imbgen.generators.registry import generator_class
from imbgen.plain import plain, unplain
from imbgen.rules import RuleKeeper, read_rules
from imbgen.schema import Schema, label_array

if TYPE_CHECKING:
    from imbgen.generators.base import BaseGenerator

__all__ = ["FORMAT_VERSION", "load_generator", "prefixed", "save_generator", "unprefixed"]

FORMAT_VERSION = 1
_DESCRIPTION, _ARRAYS = "model.json", "arrays.safetensors"


def save_generator(generator: BaseGenerator, path: str | Path) -> Path:
    """Write a fitted generator to a folder, whole or not at all (see `BaseGenerator.save`)."""
    path = Path(path).resolve()  # a link stays a link
    description, arrays = describe(generator)
    payload = save_arrays({name: np.ascontiguousarray(array) for name, array in arrays.items()})
    description["checksums"] = {_ARRAYS: hashlib.sha256(payload).hexdigest()}
    path.parent.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix=f".{path.name}-", dir=path.parent))
    try:
        (folder / _ARRAYS).write_bytes(payload)
        text = json.dumps(description, indent=1, allow_nan=False)
        (folder / _DESCRIPTION).write_text(text, encoding="utf-8")
        folder.chmod(0o755)
        _replace_folder(folder, path)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return path


def load_generator(path: str | Path) -> BaseGenerator:
    """Load a generator from a run folder or a model folder.

    Only data is read: class names resolve in imbgen's own registry, and nothing in the folder is executed.

    Parameters
    ----------
    path : str or Path
        What `imbgen train` printed as the run folder, or what `save` was given.

    Returns
    -------
    generator : BaseGenerator
        Fitted; samples are the same as before saving.

    Raises
    ------
    ModelFileError
        Missing, truncated or altered, from a newer version, or not an imbgen model.

    Examples
    --------
    >>> import tempfile
    >>> from imbgen import GMMGenerator, load_dataset, load_generator
    >>> X, y = load_dataset("ecoli")
    >>> generator = GMMGenerator(random_state=0).fit(X[y == "om"])
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     loaded = load_generator(generator.save(folder + "/model"))
    >>> loaded.sample(5, random_state=1).equals(generator.sample(5, random_state=1))
    True
    """
    folder = _find_model(Path(path))
    description = _read_description(folder)
    payload = _read_payload(folder, description)
    return rebuild(description, payload)


def describe(generator: BaseGenerator) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """Return (JSON types, arrays) that hold all of a fitted generator."""
    state, arrays = generator._get_state()
    rules, rule_arrays = generator._keeper.get_state()
    description = {
        "format": "imbgen",
        "format_version": FORMAT_VERSION,
        "generator": type(generator).__name__,
        "parameters": _plain_parameters(generator._fitted_with),
        "schema": generator.schema_.to_dict(),
        "container": generator._container.to_json(),
        "n_rows": generator.n_rows_,
        "rules": rules,
        "stream_seed": generator.stream_seed_,
        "stream_position": generator.stream_position_,
        "state": state,
    }
    return description, arrays | prefixed("rules", rule_arrays)


def rebuild(description: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> BaseGenerator:
    """Build a fitted generator from what `describe` returned."""
    try:
        generator = _build(description["generator"], description["parameters"])
        generator.schema_ = Schema.from_dict(description["schema"])
        names = generator.schema_.names
        generator.n_rows_, generator.n_features_in_ = description["n_rows"], len(names)
        generator.feature_names_in_ = label_array(names)
        generator._container = Container.from_json(description["container"])
        generator._fitted_with = generator._model_parameters()
        generator._check_parameters()
        keeper = RuleKeeper(read_rules(generator.rules), generator.schema_)
        generator._keeper = keeper.set_state(description.get("rules", []), unprefixed("rules", arrays))
        generator._set_state(description["state"], arrays)
        generator.stream_seed_ = _not_negative(description["stream_seed"])
        generator.stream_position_ = _not_negative(description["stream_position"])
    except (KeyError, TypeError, ValueError, IndexError, AttributeError, RuntimeError) as error:
        raise ModelFileError(
            f"A model's description must be complete, however: it is not ({error!r}). "
            "Train and save it again."
        ) from error
    return generator


def _build(name: str, parameters: Mapping[str, Any]) -> BaseGenerator:
    """Return an unfitted generator; a parameter may be one too."""
    built = {key: _build(**value) if _is_nested(value) else value for key, value in parameters.items()}
    if built["schema"] is not None:
        built["schema"] = {unplain(label): _to_given(kind) for label, kind in built["schema"]}
    if built.get("rules") is not None:
        built["rules"] = [{kind: [unplain(label) for label in labels]} for kind, labels in built["rules"]]
    return generator_class(name)(**built)


def _is_nested(value: Any) -> bool:
    return isinstance(value, Mapping) and set(value) == {"name", "parameters"}


def _not_negative(value: Any) -> int:
    number = int(value)
    if number < 0:
        raise ValueError(f"{number} is negative")
    return number


def prefixed(prefix: str, arrays: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Return the arrays under names that start with ``prefix/``."""
    return {f"{prefix}/{name}": array for name, array in arrays.items()}


def unprefixed(prefix: str, arrays: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Return the arrays whose names start with ``prefix/``, without it."""
    start = f"{prefix}/"
    return {name.removeprefix(start): array for name, array in arrays.items() if name.startswith(start)}


def _plain_parameters(fitted_with: Mapping[str, Any]) -> dict[str, Any]:
    """Hyper-parameters as JSON types; a generator among them as its name and parameters."""
    parameters: dict[str, Any] = {
        key: {"name": type(value).__name__, "parameters": _plain_parameters(value._model_parameters())}
        if isinstance(value, BaseEstimator)
        else value
        for key, value in fitted_with.items()
    }
    if parameters["schema"] is not None:  # labels need not be text, as keys of JSON must
        parameters["schema"] = [[plain(name), _to_json(kind)] for name, kind in parameters["schema"].items()]
    if parameters["rules"] is not None:
        parameters["rules"] = [
            [rule.name, [plain(name) for name in rule.columns]] for rule in read_rules(parameters["rules"])
        ]
    return json.loads(json.dumps(parameters, default=_plain_value))


def _to_json(override: Any) -> Any:
    """Return what is said of a column as JSON types; levels may be times."""
    if not isinstance(override, Mapping):
        return str(override)
    return {**override, "levels": [plain(level) for level in override.get("levels") or ()]}


def _to_given(override: Any) -> Any:
    if not isinstance(override, Mapping):
        return override
    return {**override, "levels": [unplain(level) for level in override["levels"]]}


def _plain_value(value: Any) -> Any:
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, Mapping):
        return dict(value)
    return list(value)


def _find_model(path: Path) -> Path:
    for folder in (path, path / "model"):
        if (folder / _DESCRIPTION).is_file():
            return folder
    if not path.exists():
        raise ModelFileError(
            f"A model must be an existing folder, however: {path} does not exist. Check the path."
        )
    raise ModelFileError(
        f"A model folder must hold {_DESCRIPTION}, however: {path} does not. "
        "Pass the run folder that `imbgen train` printed, or what `save` was given."
    )


def _read_description(folder: Path) -> dict[str, Any]:
    try:
        description = json.loads((folder / _DESCRIPTION).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ModelFileError(
            f"{_DESCRIPTION} must be JSON, however: {folder / _DESCRIPTION} cannot be read ({error}). "
            "The file is damaged; copy or train the model again."
        ) from error
    if not isinstance(description, dict) or description.get("format") != "imbgen":
        raise ModelFileError(
            f"A model must have been saved by imbgen, however: {folder} was not. "
            "Pass a folder that `save` wrote."
        )
    version = description.get("format_version")
    if not isinstance(version, int) or isinstance(version, bool) or version < 1:
        raise ModelFileError(
            f"A model's format must be a number from 1 up, however: {folder} has format {version!r}. "
            "The file is damaged; copy or train the model again."
        )
    if version > FORMAT_VERSION:
        raise ModelFileError(
            f"A model's format must be at most {FORMAT_VERSION}, however: {folder} has format {version}. "
            "Upgrade imbgen."
        )
    return description


def _read_payload(folder: Path, description: Mapping[str, Any]) -> dict[str, np.ndarray]:
    try:
        payload = (folder / _ARRAYS).read_bytes()
        intact = hashlib.sha256(payload).hexdigest() == description["checksums"][_ARRAYS]
        if intact:
            return load_arrays(payload)
    except (OSError, KeyError, TypeError, SafetensorError) as error:
        raise ModelFileError(
            f"A model folder must hold {_ARRAYS}, however: it cannot be read in {folder} ({error}). "
            "Copy or train the model again."
        ) from error
    raise ModelFileError(
        f"{_ARRAYS} must match its checksum, however: in {folder} it does not. It is truncated or altered; "
        "copy or train the model again."
    )


def _is_model_or_empty(path: Path) -> bool:
    """Whether a folder holds nothing but what `save_generator` writes."""
    if not path.is_dir() or not {item.name for item in path.iterdir()} <= {_DESCRIPTION, _ARRAYS}:
        return False
    if not any(path.iterdir()):
        return True
    try:
        _read_description(path)
    except ModelFileError:
        return False
    return True


def _replace_folder(new: Path, path: Path) -> None:
    """Put `new` where `path` is, so that at every moment one whole model is on disk."""
    if not path.exists():
        new.replace(path)
        return
    if not _is_model_or_empty(path):
        raise ModelFileError(
            f"Only a model may be replaced, however: {path} holds something else. Choose another folder."
        )
    old = path.with_name(f".{path.name}-old-{os.getpid()}")
    path.replace(old)
    try:
        new.replace(path)
    except OSError:
        old.replace(path)
        raise
    shutil.rmtree(old)
