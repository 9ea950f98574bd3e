"""Class plausibility: whether rows look like the class to a forest that knows the other classes too."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import pandas as pd
from sklearn.ensemble import RandomForestClassifier

from imbgen.schema import Column, Schema

__all__ = ["ClassPlausibility", "FoldForests"]

_N_TREES = 50
# Rows of the other classes for each of the class; more would only slow the forests.
_MOST_OTHERS, _FEWEST_OTHERS = 20, 2000
_LEAF = -1


@dataclass(frozen=True, slots=True)
class ClassPlausibility:
    """Share of rows that a cross-fitted classifier gives to the other classes; lower is more plausible.

    Parameters
    ----------
    real : float
        Of the class itself, each row judged by the forest that has not seen it.
    presampled, refined : float
        Of the pre-sampler's own rows, and of what was chosen to be made of them (scale, weight, thinning,
        filter); where nothing was accepted, of what refiner and filter would make of all of them. Each
        member's rows are judged by the forest of the same fold.
    """

    real: float
    presampled: float
    refined: float

    def __str__(self) -> str:
        return (
            f"other classes would be given {self.real:.1%} of the real rows, {self.presampled:.1%} of the"
            f" pre-samples, {self.refined:.1%} of what is made of them"
        )


class FoldForests:
    """Random forests that tell the class from the others, each fitted without a fold, as plain arrays.

    Both classes have the same weight, whatever their sizes.

    Parameters
    ----------
    schema : Schema
        Of the class.
    trees : mapping of str to ndarray
        `root` (n_forests, n_trees), the place of each tree's first node; and for all nodes side by side
        `feature`, `threshold`, `left`, `right` and `share`, the weight of the class among the rows of a leaf.
    """

    def __init__(self, schema: Schema, trees: Mapping[str, np.ndarray]) -> None:
        self._schema, self._trees = schema, dict(trees)

    @classmethod
    def fit(
        cls,
        schema: Schema,
        frame: pd.DataFrame,
        others: pd.DataFrame,
        train_rows: Sequence[np.ndarray],
        rng: np.random.Generator,
    ) -> Self:
        """Fit a forest to each choice of the class's rows and as good a choice of the others."""
        mine, theirs = _features(schema, frame), _features(schema, schema.check(others))
        n_others = min(len(theirs), max(_FEWEST_OTHERS, _MOST_OTHERS * len(mine)))
        parts = [
            _grow(mine[rows], theirs[rng.permutation(len(theirs))[:n_others]], int(rng.integers(2**31)))
            for rows in train_rows
        ]
        return cls(schema, _join(parts))

    def share(self, rows: pd.DataFrame, forest: int | None = None) -> np.ndarray:
        """Return how much rows look like the class, 0 to 1, float64 of shape (n_rows,).

        Parameters
        ----------
        rows : DataFrame of shape (n_rows, n_columns)
        forest : int, optional
            Which forest judges; the mean of all by default.
        """
        x, trees = _features(self._schema, rows), self._trees
        roots = trees["root"].ravel() if forest is None else trees["root"][forest]
        node = np.repeat(roots[None], len(x), axis=0)
        row = np.arange(len(x))[:, None]
        while True:
            feature = trees["feature"][node]
            is_inner = feature != _LEAF
            if not is_inner.any():
                return trees["share"][node].mean(axis=1)
            goes_left = x[row, np.maximum(feature, 0)] <= trees["threshold"][node]
            node = np.where(is_inner, np.where(goes_left, trees["left"][node], trees["right"][node]), node)

    def keep(self, rows: pd.DataFrame, n: int, forest: int | None = None) -> np.ndarray:
        """Return places of `n` rows: the first given to the class, then the most plausible of the rest."""
        share = self.share(rows, forest)
        plausible = np.flatnonzero(share >= 0.5)[:n]
        rest = np.flatnonzero(share < 0.5)
        more = rest[np.argsort(-share[rest], kind="stable")][: n - len(plausible)]
        return np.concatenate([plausible, more])

    def to_arrays(self) -> dict[str, np.ndarray]:
        """Return what a saved model keeps."""
        return self._trees


def _grow(mine: np.ndarray, theirs: np.ndarray, seed: int) -> dict[str, np.ndarray]:
    forest = RandomForestClassifier(
        _N_TREES, min_samples_leaf=2, class_weight="balanced", random_state=seed, n_jobs=1
    )
    forest.fit(np.concatenate([mine, theirs]), np.arange(len(mine) + len(theirs)) < len(mine))
    parts: dict[str, list[Any]] = {name: [] for name in ("feature", "threshold", "left", "right", "share")}
    roots, start = [], 0
    for tree in (estimator.tree_ for estimator in forest.estimators_):
        is_leaf = tree.children_left < 0
        parts["feature"].append(np.where(is_leaf, _LEAF, tree.feature))
        parts["threshold"].append(tree.threshold)
        parts["left"].append(tree.children_left + start)
        parts["right"].append(tree.children_right + start)
        weights = tree.value[:, 0, :]
        parts["share"].append(weights[:, 1] / weights.sum(axis=1))
        roots.append(start)
        start += tree.node_count
    return {"root": np.array(roots)} | {name: np.concatenate(part) for name, part in parts.items()}


def _join(parts: Sequence[Mapping[str, np.ndarray]]) -> dict[str, np.ndarray]:
    """Put the nodes of several forests side by side."""
    starts = np.concatenate([[0], np.cumsum([len(part["feature"]) for part in parts])])[:-1]
    joined = {
        name: np.concatenate([part[name] for part in parts]) for name in ("feature", "threshold", "share")
    }
    for name in ("left", "right"):
        joined[name] = np.concatenate([part[name] + start for part, start in zip(parts, starts, strict=True)])
    return joined | {
        "root": np.stack([part["root"] + start for part, start in zip(parts, starts, strict=True)])
    }


def _features(schema: Schema, frame: pd.DataFrame) -> np.ndarray:
    """Return numbers, and codes of levels; what is missing or unknown lies below all. (n_rows, n_columns)."""
    columns = [_feature(column, frame[column.name]) for column in schema.columns]
    # Forests compare numbers in 32 bits.
    return np.column_stack(columns).astype(np.float32)


def _feature(column: Column, values: pd.Series) -> np.ndarray:
    if column.has_levels:
        return np.where(values.isna(), -2.0, column.find(values)).astype(np.float64)
    numbers = np.full(len(values), -np.finfo(np.float32).max)
    present = values.notna().to_numpy()
    whole = values[present]
    numbers[present] = column.to_integers(whole) if column.is_whole else whole.to_numpy(dtype=np.float64)
    return np.clip(numbers, -np.finfo(np.float32).max, np.finfo(np.float32).max)
