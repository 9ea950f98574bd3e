from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from imbgen import profile_table
from imbgen.html import Callout, Paragraph, Picture, Table, render_page
from imbgen.profiling.page import profile_page


def page_of(X, y, name="mine", **options):
    return profile_page(profile_table(X, y, **options), X, y, name=name)


def blocks(page, kind):
    return [block for section in page.sections for block in section.blocks if isinstance(block, kind)]


def test_the_page_has_findings_first_and_pictures_last(table):
    page = page_of(*table)
    assert page.title == "mine"
    assert "'ill'" in page.subtitle
    assert [section.title for section in page.sections] == [
        "Findings",
        "Classes",
        "Columns",
        "Pictures by class",
    ]
    findings = profile_table(*table).findings
    assert [callout.text for callout in blocks(page, Callout)] == [finding.message for finding in findings]
    assert [len(grid.rows) for grid in blocks(page, Table)] == [2, 3]
    assert len(blocks(page, Picture)) == 4
    assert all(picture.alt for picture in blocks(page, Picture))


def test_pictures_show_both_parts(table):
    *_, marginals, associations, plane = blocks(page_of(*table), Picture)
    assert [ax.get_title(loc="left") for ax in marginals.figure.axes] == ["dose", "ward", "age"]
    titles = [ax.get_title(loc="left") for ax in associations.figure.axes[:2]]
    assert titles == ["other classes (360 rows)", "rare (40 rows)"]
    others, rare = plane.figure.axes[0].collections
    assert (others.get_label(), rare.get_label()) == ("other classes (360)", "rare (40)")
    assert rare.get_zorder() > others.get_zorder()


def test_a_single_row_is_counted_as_one():
    X = pd.DataFrame({"x": [1.0, 2.0, 3.0]})
    (paragraph,) = blocks(page_of(X, ["a", "a", "b"]), Paragraph)
    assert paragraph.text.endswith("Drawn from 2 rows of other classes and 1 row of rare.")


def test_near_copies_have_a_table():
    rng = np.random.default_rng(0)
    X = pd.DataFrame(rng.normal(size=(300, 5)), columns=list("abcde"))
    X.loc[3] = X.loc[200] + 1e-4
    page = page_of(X, np.arange(300) < 40)
    (section,) = (section for section in page.sections if section.title == "Near-copies")
    assert [row[:2] for row in section.blocks[0].rows] == [("3", "200")]


@pytest.mark.parametrize(
    ("X", "y", "n_pictures"),
    [
        (pd.DataFrame({"x": [1.0, 2.0, 3.0]}), ["a"] * 3, 1),
        (pd.DataFrame({"x": [1.0, 2.0, 3.0]}), ["a", "a", "b"], 3),
        (pd.DataFrame({"x": [1.0, 2.0], "y": [np.nan, np.nan]}), ["a", "b"], 3),
        (np.random.default_rng(0).normal(size=(60, 2)), np.arange(60) < 9, 3),
        (np.random.default_rng(0).normal(size=(60, 2)), np.arange(60) < 10, 4),
    ],
    ids=["one class", "one column", "two rows", "few rows", "enough rows"],
)
def test_odd_tables_have_a_page(X, y, n_pictures):
    page = page_of(X, y)
    assert len(blocks(page, Picture)) == n_pictures
    assert render_page(page).startswith("<!doctype html>")


def test_names_that_look_like_markup_or_formulas_are_harmless(table):
    X, y = table
    X = X.rename(columns={"dose": "<script>alert(1)</script>", "ward": "$x$", "age": "\x1b\n`a`</style>"})
    html = render_page(page_of(X.assign(**{"$": "${"}), y.replace("ill", "<b>$y$</b>"), name="<i>"))
    assert "<script" not in html
    assert html.count("</style>") == 1
    assert "<b>" not in html
    assert "<i>" not in html
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in html
    assert "$x$" in html


def test_equal_tables_give_equal_pages(table):
    first, second = (render_page(page_of(*table)) for _ in range(2))
    assert first == second
