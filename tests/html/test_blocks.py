from __future__ import annotations

import pytest
from matplotlib.figure import Figure

from imbgen.html import Picture, Table


@pytest.mark.parametrize(
    ("cells", "is_number"),
    [
        (["1,234", "0"], True),
        (["12.3%", "< 0.1%", "> 99.9%"], True),
        (["-0.52", "+1.0", "0.3 ± 0.1", "1 : 20"], True),
        (["0.5", "–", ""], True),
        (["▲ 0.913", "▼ 0.5", "0.7"], True),
        (["", ""], False),
        (["2024-05-01"], False),
        (["3 rows"], False),
        (["v1.0"], False),
    ],
)
def test_columns_of_numbers_are_known(cells, is_number):
    assert Table("", ["name", "cell"], [["a", cell] for cell in cells]).is_number == [False, is_number]


def test_a_first_column_of_numbers_names_the_rows():
    assert Table("", ["class", "rows"], [["0", "740"], ["1", "60"]]).is_number == [False, True]


def test_a_picture_has_the_size_of_its_figure():
    assert Picture(Figure(figsize=(9.0, 2.5)), "nothing").size == (864, 240)


def test_columns_of_running_text_are_known():
    table = Table("", ["name", "short", "long"], [["a" * 50, "b", "c " * 20], ["a", "b", "c"]])
    assert table.is_long == [False, False, True]
