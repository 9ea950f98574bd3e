"""The contract of a generator as code: `check_generator` runs every law on every standard table."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd
from sklearn.base import clone

from imbgen.generators import BaseGenerator
from imbgen.testing.laws import LAWS
from imbgen.testing.tables import standard_tables

__all__ = ["check_generator"]


def check_generator(generator: BaseGenerator, tables: Mapping[str, pd.DataFrame] | None = None) -> None:
    """Run every law on every table; raise AssertionError naming the first broken one.

    Parameters
    ----------
    generator : BaseGenerator
        An instance with cheap parameters (few updates); it is cloned, never fitted itself.
    tables : mapping of str to DataFrame, optional
        `standard_tables()` by default.

    Examples
    --------
    >>> from imbgen import GMMGenerator
    >>> from imbgen.testing import check_generator, standard_tables
    >>> check_generator(GMMGenerator(), {"mixed": standard_tables()["mixed_49_rows"]})
    """
    for table_name, table in (standard_tables() if tables is None else tables).items():
        for law in LAWS:
            try:
                law(clone(generator), table)
            except AssertionError as error:
                title = law.__name__.replace("_", " ")
                raise AssertionError(
                    f"{type(generator).__name__}: {title} (table {table_name!r}): {error}"
                ) from error
