"""Synthetic samples whose order is known beforehand: honest ones, copies, and ones that lack something."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np
import pandas as pd
from imblearn.over_sampling import SMOTE, SMOTEN, SMOTENC

from imbgen import GANGenerator, GMMGenerator
from imbgen.encoding import TableEncoder
from imbgen.schema import Schema

__all__ = ["CHEAP", "NETWORKS"]

# Standard deviation of "tiny" noise on normal scores, and the share of levels redrawn with it.
_TINY = 0.03


def bootstrap(rows: pd.DataFrame, schema: Schema, n: int, seed: int) -> pd.DataFrame:
    """Training rows drawn with replacement."""
    return rows.sample(n, replace=True, random_state=seed).reset_index(drop=True)


def near_copies(rows: pd.DataFrame, schema: Schema, n: int, seed: int) -> pd.DataFrame:
    """Training rows plus tiny noise."""
    rng = np.random.default_rng(seed)
    encoder = TableEncoder(schema).fit(rows)
    encoded = encoder.encode(bootstrap(rows, schema, n, seed), seed)
    others = encoder.encode(bootstrap(rows, schema, n, seed + 1), seed)
    encoded[:, encoder.number_dims] += _TINY * rng.standard_normal((n, len(encoder.number_dims)))
    for block in encoder.blocks:
        if block.kind != "number":
            redrawn = np.flatnonzero(rng.random(n) < _TINY)
            encoded[redrawn, block.dims] = others[redrawn, block.dims]
    return encoder.decode(encoded)


def independent(rows: pd.DataFrame, schema: Schema, n: int, seed: int) -> pd.DataFrame:
    """Columns drawn independently of each other, each from its own smoothed marginal."""
    rng = np.random.default_rng(seed)
    encoder = TableEncoder(schema).fit(rows)
    encoded = encoder.encode(bootstrap(rows, schema, n, seed), seed)
    columns: dict[object, list[slice]] = {}
    for block in encoder.blocks:
        columns.setdefault(block.column, []).append(block.dims)
    for slices in columns.values():
        order = rng.permutation(n)
        for dims in slices:
            encoded[:, dims] = encoded[order, dims]
    numbers = encoder.number_dims
    # Normal scores of width 1, widened and shrunk back: smooths a marginal without changing its spread.
    noise = rng.standard_normal((n, len(numbers)))
    encoded[:, numbers] = (encoded[:, numbers] + 0.2 * noise) / np.sqrt(1.04)
    return encoder.decode(encoded)


def half_independent(rows: pd.DataFrame, schema: Schema, n: int, seed: int) -> pd.DataFrame:
    """Gaussian copula rows of which every second column is taken from another row."""
    whole = copula(rows, schema, n, seed)
    other = whole.sample(n, random_state=seed).reset_index(drop=True)
    swapped = list(whole.columns[::2])
    return pd.concat([whole.drop(columns=swapped), other[swapped]], axis=1)[list(whole.columns)]


def narrowed(rows: pd.DataFrame, schema: Schema, n: int, seed: int) -> pd.DataFrame:
    """Half of the mixture's draws: those nearest to the middle of the class."""
    encoder = TableEncoder(schema).fit(rows)
    draws = gmm(rows, schema, 2 * n, seed)
    encoded = encoder.encode(draws, seed)
    distance = ((encoded - encoder.encode(rows, seed).mean(axis=0)) ** 2).sum(axis=1)
    inner = np.argsort(distance, kind="stable")[:n]
    return draws.iloc[np.random.default_rng(seed).permutation(inner)].reset_index(drop=True)


def gmm(rows: pd.DataFrame, schema: Schema, n: int, seed: int) -> pd.DataFrame:
    """The baseline."""
    return GMMGenerator(schema=_kinds(schema), random_state=seed).fit(rows).sample(n)


def copula(rows: pd.DataFrame, schema: Schema, n: int, seed: int) -> pd.DataFrame:
    """One full Gaussian in rank space."""
    generator = GMMGenerator(
        n_components=1, covariance_types=("full",), schema=_kinds(schema), random_state=seed
    )
    return generator.fit(rows).sample(n)


def smote(rows: pd.DataFrame, schema: Schema, n: int, seed: int) -> pd.DataFrame:
    """SMOTE, SMOTENC or SMOTEN; gaps are filled before and put back after, as a level of their own."""
    levelled = [c.name for c in schema.columns if c.has_levels]
    filled, flags = rows.copy(), []
    for name in rows.columns[rows.isna().any()]:
        if name in levelled:
            filled[name] = rows[name].astype(object).where(rows[name].notna(), "missing")
        else:
            filled[name] = rows[name].fillna(rows[name].median() if rows[name].notna().any() else 0.0)
            filled[f"{name} is missing"] = np.where(rows[name].isna(), "yes", "no")
            flags.append(name)
    levels = [*levelled, *(f"{name} is missing" for name in flags)]
    filled[levels] = filled[levels].astype(str)
    # imblearn wants two classes; the other one is only there to set the number of rows.
    other = filled.sample(n + len(rows), replace=True, random_state=0)
    table = pd.concat([filled, other], ignore_index=True)
    labels = np.repeat([1, 0], [len(rows), len(other)])
    made = (
        _smote_for(filled, levels, seed)
        .fit_resample(table, labels)[0]
        .iloc[len(table) :]
        .reset_index(drop=True)
    )
    return _put_gaps_back(made, rows, schema, flags)


def _smote_for(filled: pd.DataFrame, levels: list[object], seed: int) -> SMOTE | SMOTEN | SMOTENC:
    settings = {"sampling_strategy": "minority", "random_state": seed, "k_neighbors": min(5, len(filled) - 1)}
    if len(levels) == filled.shape[1]:
        return SMOTEN(**settings)
    return SMOTENC(levels, **settings) if levels else SMOTE(**settings)


def _put_gaps_back(
    made: pd.DataFrame, rows: pd.DataFrame, schema: Schema, flags: list[object]
) -> pd.DataFrame:
    for name in flags:
        made.loc[made[f"{name} is missing"] == "yes", name] = np.nan
    made = made[list(rows.columns)].copy()
    for column in schema.columns:
        if column.has_levels:
            names = {str(level): level for level in column.levels}
            made[column.name] = made[column.name].map(names).astype(rows[column.name].dtype)
    return made


def network(rows: pd.DataFrame, schema: Schema, n: int, seed: int, *, n_updates: int) -> pd.DataFrame:
    """A GAN after exactly so many updates, whatever its held-out skill."""
    generator = GANGenerator(
        n_updates=n_updates, check_every=n_updates, n_folds=2, schema=_kinds(schema), random_state=seed
    )
    return generator.fit(rows).sample(n)


def _kinds(schema: Schema) -> dict[object, str]:
    return {column.name: column.kind.value for column in schema.columns}


Candidate = Callable[[pd.DataFrame, Schema, int, int], pd.DataFrame]
CHEAP: dict[str, Candidate] = {
    "gmm": gmm,
    "copula": copula,
    "independent": independent,
    "half_independent": half_independent,
    "narrowed": narrowed,
    "smote": smote,
    "near_copies": near_copies,
    "bootstrap": bootstrap,
}
NETWORKS: dict[str, Candidate] = {
    f"gan_{n_updates}": partial(network, n_updates=n_updates) for n_updates in (100, 300, 2000)
}
