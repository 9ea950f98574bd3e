from __future__ import annotations

import os
import random

import numpy as np
import pytest
import rich.style  # noqa: F401 (it draws a random number on import, which the guard below would blame on a test)
import torch
from hypothesis import settings

os.environ["MPLBACKEND"] = "Agg"
# The same examples in every run: a test that fails on Tuesdays tells nobody anything.
settings.register_profile("same", derandomize=True, deadline=None)
settings.load_profile("same")


def pytest_collection_modifyitems(items):
    """Skip what needs a GPU where torch has none."""
    if not torch.cuda.is_available():
        for item in items:
            if item.get_closest_marker("gpu"):
                item.add_marker(pytest.mark.skip(reason="torch can use no GPU here"))


def _global_state() -> dict[str, object]:
    """What a library must not touch, as comparable values."""
    kind, keys, *rest = np.random.get_state()  # noqa: NPY002
    return {
        "random": random.getstate(),
        "numpy.random": (kind, keys.tobytes(), *rest),
        "torch.random": torch.get_rng_state().numpy().tobytes(),
        "torch default dtype": torch.get_default_dtype(),
        "torch threads": torch.get_num_threads(),
    }


def _restore(before: dict[str, object], random_states: tuple[object, dict[str, object]]) -> None:
    random.setstate(random_states[0])
    np.random.set_state(random_states[1])  # noqa: NPY002
    torch.set_rng_state(torch.frombuffer(bytearray(before["torch.random"]), dtype=torch.uint8))
    torch.set_default_dtype(before["torch default dtype"])
    torch.set_num_threads(before["torch threads"])


@pytest.fixture(autouse=True)
def leave_global_state_alone():
    """Fail the test that changed global random state or torch's defaults, and mend it for the next one."""
    before = _global_state()
    random_states = random.getstate(), np.random.get_state(legacy=False)  # noqa: NPY002
    yield
    after = _global_state()
    changed = [name for name, value in before.items() if after[name] != value]
    if changed:
        _restore(before, random_states)
        pytest.fail(f"this test changed global state: {', '.join(changed)}")


@pytest.fixture
def unscored(monkeypatch):
    """Let `imbgen train` do without the out-of-fold skill, for what does not depend on it."""
    monkeypatch.setattr("imbgen.cli.train.FEWEST_ROWS", 10**9)
