from __future__ import annotations

import pytest
from sklearn.model_selection import StratifiedKFold

from imbgen import compare
from imbgen.errors import ParameterError
from imbgen.evaluation.splits import make_splits
from imbgen.evaluation.task import open_task


@pytest.mark.parametrize("cv", [[], iter(())])
def test_no_splits_are_refused(table, cv):
    with pytest.raises(ParameterError, match="`cv` must give one split at least"):
        make_splits(open_task("d", *table), cv)


def test_pairs_that_can_be_read_once_serve_every_data_set(table):
    X, y = table
    pairs = StratifiedKFold(2).split(X, y)
    options = {"classifiers": "linear", "metrics": ["average_precision"], "fidelity": False}
    result = compare({"one": table, "two": (X + 1, y)}, cv=pairs, random_state=0, **options)
    assert result.runs.groupby("dataset")["fold"].nunique().tolist() == [2, 2]
