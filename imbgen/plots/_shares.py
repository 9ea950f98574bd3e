"""Shares of rows per bar: what one panel of :func:`imbgen.plots.marginals` shows.

For every frame the bars and the notes of a column add up to one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from matplotlib.scale import SymmetricalLogTransform
from pandas import Series

from imbgen.plots._columns import as_numbers, is_ordered, kind_of, label_counts

__all__ = ["LevelShares", "NumberShares", "column_shares"]

MAX_LEVELS = 8
SPIKE_SHARE = 0.3
HEAVY_TAIL = 10.0


@dataclass(frozen=True)
class LevelShares:
    """Shares of rows per level; the last levels may be ``"other"`` and ``"missing"``."""

    levels: list[str]
    shares: dict[str, np.ndarray]

    def difference(self) -> float:
        """Return the total variation distance between the first and the last frame."""
        first, *_, last = [*self.shares.values(), *self.shares.values()]
        return float(np.abs(first - last).sum() / 2)


@dataclass(frozen=True)
class NumberShares:
    """Shares of rows per bin, and in `notes` the shares that no bin holds."""

    edges: np.ndarray
    shares: dict[str, np.ndarray]
    scale: Literal["linear", "symlog", "date"] = "linear"
    linear_until: float = 1.0
    notes: dict[str, dict[str, float]] = field(default_factory=dict)

    def difference(self) -> float:
        """Return the Kolmogorov distance between the first and the last frame, or a note's if larger."""
        first, *_, last = [*self.shares.values(), *self.shares.values()]
        pairs = (list(note.values()) for note in self.notes.values())
        gaps = [abs(told[0] - told[-1]) for told in pairs]
        return float(max(np.abs(np.cumsum(first - last)).max(), *gaps, 0.0))


def column_shares(parts: Mapping[str, Series]) -> LevelShares | NumberShares:
    """Measure one column of several frames on shared bars.

    Parameters
    ----------
    parts : mapping of str to Series
        The same column of each frame; the first one sorts the levels.

    Returns
    -------
    shares : LevelShares or NumberShares
        Levels for categories and booleans, bins for numbers and dates.

    Examples
    --------
    >>> from pandas import Series
    >>> from imbgen.plots._shares import column_shares
    >>> shares = column_shares({"real": Series(["a", "b", "b", None])})
    >>> shares.levels, shares.shares["real"].tolist()
    (['b', 'a', 'missing'], [0.5, 0.25, 0.25])
    """
    kind = kind_of(parts.values())
    if kind == "category":
        return _level_shares(parts)
    return _number_shares({name: as_numbers(part) for name, part in parts.items()}, dates=kind == "datetime")


def _level_shares(parts: Mapping[str, Series]) -> LevelShares:
    counts = {name: label_counts(part) for name, part in parts.items()}
    first, *_ = parts.values()
    known = list(dict.fromkeys(level for count in counts.values() for level in count.index))
    ranked = sorted(known, key=lambda level: -max(0, next(iter(counts.values())).get(level, 0)))
    kept = ranked if len(ranked) <= MAX_LEVELS else ranked[: MAX_LEVELS - 1]
    if is_ordered(first):
        kept = [level for level in known if level in kept]
    table = {name: [count.get(level, 0) for level in kept] for name, count in counts.items()}
    rest = {name: int(count.sum() - sum(table[name])) for name, count in counts.items()}
    missing = {name: int(part.isna().sum()) for name, part in parts.items()}
    levels = list(kept)
    for label, extra in (("other", rest), ("missing", missing)):
        if label == "other" and len(kept) < len(known):
            label = f"other ({len(known) - len(kept)})"
        if any(extra.values()):
            levels.append(label)
            table = {name: [*row, extra[name]] for name, row in table.items()}
    return LevelShares(levels, {name: np.array(row) / len(parts[name]) for name, row in table.items()})


def _number_shares(values: dict[str, np.ndarray], *, dates: bool) -> NumberShares:
    present = {name: part[~np.isnan(part)] for name, part in values.items()}
    notes: dict[str, dict[str, np.ndarray]] = {}
    for spike in _spikes(present):
        notes[_spell(spike, dates=dates)] = {name: part == spike for name, part in values.items()}
        present = {name: part[part != spike] for name, part in present.items()}
    edges, scale, linear_until = _bins(present, dates=dates)
    outside = {name: (part < edges[0]) | (part > edges[-1]) for name, part in present.items()}
    shares = {name: np.histogram(part, edges)[0] / len(values[name]) for name, part in present.items()}
    notes["off scale"] = outside
    notes["missing"] = {name: np.isnan(part) for name, part in values.items()}
    told = {
        label: {name: float(np.sum(mask)) / len(values[name]) for name, mask in masks.items()}
        for label, masks in notes.items()
        if any(np.any(mask) for mask in masks.values())
    }
    return NumberShares(edges, shares, "date" if dates else scale, linear_until, told)


def _spikes(present: Mapping[str, np.ndarray]) -> list[float]:
    """Return up to two values that would dwarf all other bars."""
    found: dict[float, float] = {}
    for part in present.values():
        levels, counts = np.unique(part, return_counts=True)
        if len(levels) > 5:
            for level in levels[counts >= SPIKE_SHARE * len(part)].tolist():
                found[level] = max(found.get(level, 0.0), float((part == level).mean()))
    return sorted(found, key=lambda level: -found[level])[:2]


def _spell(value: float, *, dates: bool) -> str:
    return f"exactly {np.datetime64(round(value), 'D')}" if dates else f"exactly {value:g}"


def _bins(
    present: Mapping[str, np.ndarray], *, dates: bool
) -> tuple[np.ndarray, Literal["linear", "symlog"], float]:
    """Return shared edges, the scale they are even on, and where that scale turns logarithmic."""
    pooled = np.concatenate(list(present.values()))
    if len(pooled) == 0:
        return np.array([0.0, 1.0]), "linear", 1.0
    low, high = float(pooled.min()), float(pooled.max())
    if low == high:
        half = max(0.5, 0.01 * abs(low))
        return np.array([low - half, low + half]), "linear", 1.0
    n_bins = int(np.clip(4 + 2 * len(next(iter(present.values()))) ** (1 / 3), 8, 30))
    iqr = max(float(np.subtract(*np.quantile(part, [0.75, 0.25]))) for part in present.values() if len(part))
    if iqr > 0 and high - low > HEAVY_TAIL * iqr:
        centre = float(np.median(pooled))
        if abs(centre) < 5 * iqr and not dates:
            return _symlog_bins(pooled, n_bins)
        low, high = max(low, centre - HEAVY_TAIL / 2 * iqr), min(high, centre + HEAVY_TAIL / 2 * iqr)
    if np.array_equal(pooled, np.round(pooled)) and high - low < 1e15:
        step = max(1, int(np.ceil((high - low + 1) / n_bins))) if high - low >= 30 else 1
        return np.arange(np.floor(low) - 0.5, np.ceil(high) + step + 0.5, step), "linear", 1.0
    return np.linspace(low, high, n_bins + 1), "linear", 1.0


def _symlog_bins(pooled: np.ndarray, n_bins: int) -> tuple[np.ndarray, Literal["symlog"], float]:
    sizes = np.abs(pooled[pooled != 0])
    small = max(float(np.quantile(sizes, 0.25)), float(sizes.max()) * 1e-6)
    linear_until = 10.0 ** np.floor(np.log10(small))
    scale = SymmetricalLogTransform(10, linear_until, 1.0)
    low, high = scale.transform(np.array([pooled.min(), pooled.max()])).tolist()
    edges = scale.inverted().transform(np.linspace(low, high, n_bins + 1))
    edges[[0, -1]] = pooled.min(), pooled.max()
    return edges, "symlog", float(linear_until)
