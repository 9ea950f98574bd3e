from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from imbgen.evaluation.report import comparison_page
from imbgen.html import Details, Items, Paragraph, Picture, Statement, Table, render_page


@pytest.fixture(scope="module")
def page(single):
    return comparison_page(single)


def section(page, title):
    (found,) = (part for part in page.sections if part.title == title)
    return found


def blocks(page, kind):
    return [block for part in page.sections for block in part.blocks if isinstance(block, kind)]


def table(page, start):
    (found,) = (block for block in blocks(page, Table) if block.caption.startswith(start))
    return found


def test_the_verdict_comes_first(single, page):
    first = page.sections[0]
    assert first.title == "Verdict"
    assert first.blocks[0] == Statement(single.verdict.sentence)
    assert first.blocks[1] == Items(single.verdict.reasons)
    assert any(block == Items(single.notices) for block in first.blocks)


def test_sections_follow_in_order(page):
    assert [part.title for part in page.sections] == [
        "Verdict",
        "Against the baselines",
        "Precision and recall",
        "Calibration",
        "Synthetic rows",
        "Before and after",
        "Cost",
        "What failed",
        "How it was done",
    ]


def test_every_arm_stands_against_the_baseline_with_its_interval(single, page):
    lead = table(page, "Every arm")
    assert sorted(row[0] for row in lead.rows) == sorted(single.arms["arm"])
    cells = dict(zip(lead.header[:5], next(row for row in lead.rows if row[0] == "SMOTE"), strict=False))
    test = single.tests.query(
        "arm == 'SMOTE' and reference == 'GMM' and classifier == 'mean' and metric == 'average_precision'"
    ).iloc[0]
    assert cells["against GMM"] == f"{test['difference']:+.3f}"
    assert cells["95 % interval"] == f"{test['low']:+.3f} to {test['high']:+.3f}"
    assert test["outcome"] in cells["outcome"]
    (gmm,) = (row for row in lead.rows if row[0] == "GMM")
    assert gmm[4] == "the reference"


def test_what_failed_is_told_with_message_and_traceback(page):
    (row,) = (row for row in table(page, "Every arm").rows if row[0] == "<b>broken</b>")
    assert row[1] == "failed in 2 of 2 fits"
    (failure,) = table(page, "What failed").rows
    assert failure[0] == "<b>broken</b>"
    assert "3 < 4" in failure[-1]
    (details,) = (block for block in section(page, "What failed").blocks if isinstance(block, Details))
    assert "Traceback" in details.text


def test_what_failed_in_part_is_told_too(single):
    runs = single.runs.copy()
    row = runs.index[(runs["arm"] == "SMOTE") & (runs["fold"] == 1)][0]
    runs.loc[row, "message"] = "thresholds were not tuned: why"
    page = comparison_page(dataclasses.replace(single, runs=runs))
    told = {failure[0]: failure[2:] for failure in table(page, "What failed").rows}
    assert told["SMOTE"] == ["in part", "1", "thresholds were not tuned: why"]


def test_the_baseline_is_the_reference_at_every_ratio(several):
    page = comparison_page(several)
    grids = [block for block in blocks(page, Table) if block.caption.startswith("Every arm")]
    rows = [row for grid in grids for row in grid.rows if row[0].startswith("GMM")]
    assert {row[0]: row[4] for row in rows} == {"GMM at 0.4": "the reference", "GMM at 1": "the reference"}


def test_marks_are_those_of_the_tests(single, page):
    grid = table(page, "Every metric")
    marks = {"better": "▲", "worse": "▼"}
    for row, metric in zip(grid.rows, single.settings["metrics"], strict=True):
        tests = single.tests.query(f"metric == '{metric}' and reference == 'GMM' and classifier == 'mean'")
        outcomes = tests.set_index("arm")["outcome"].to_dict()
        for arm, cell in zip(grid.header[1:], row[1:], strict=True):
            assert cell[0] == marks.get(outcomes.get(arm), cell[0])
            assert (cell[0] in "▲▼") == (outcomes.get(arm) in marks)


def test_synthetic_rows_have_a_table_with_real_rows_beside(single, page):
    grid = table(page, "Synthetic rows")
    assert [row[0] for row in grid.rows] == ["random over-sampling", "SMOTE", "GMM", "kernels", "real rows"]
    copies = dict(zip(grid.header, grid.rows[0], strict=True))["copies"]
    expected = single.fidelity.query("arm == 'random over-sampling' and metric == 'copies'")["value"].mean()
    assert copies == f"{100 * expected:.1f}%"


def test_versions_and_settings_are_told(single, page):
    told = {row[0]: row[1] for row in table(page, "Versions").rows}
    assert told == dict(single.versions)
    settings = {row[0] for row in table(page, "Settings").rows}
    assert {"cv", "random_state", "metrics", "data"} <= settings


def test_pictures_tell_in_words_what_they_show(page):
    assert all(len(picture.alt) > 30 for picture in blocks(page, Picture))
    forest = blocks(page, Picture)[0]
    assert "against GMM" in forest.alt
    assert "better: " in forest.alt


def test_names_are_data_and_the_file_needs_no_other(report_file, page):
    html = report_file.read_text(encoding="utf-8")
    assert all(f">{part.title}</h2>" in html for part in page.sections)
    assert "&lt;script&gt;" in html
    for text in ("<script", "<b>", "<i>", "<u>", "http://", "https://"):
        assert text not in html


def test_several_data_sets_have_a_section_each(several):
    page = comparison_page(several)
    titles = [part.title for part in page.sections]
    assert titles == ["Verdict", "Over all data sets", "one", "two", "three", "How it was done"]
    assert section(page, "two").blocks[0] == Statement(several.verdicts["two"].sentence)
    wins = table(page, "Gains in average precision on GMM")
    row = several.across.query("reference == 'GMM' and metric == 'average_precision'").iloc[0]
    assert wins.rows[0][:4] == [row["arm"], str(row["wins"]), str(row["ties"]), str(row["losses"])]
    assert any("Critical-difference" in picture.alt for picture in blocks(page, Picture))


def test_a_comparison_where_everything_failed_still_has_a_report(single):
    gone = {"value": np.nan, "mean": np.nan, "difference": np.nan, "low": np.nan, "high": np.nan}
    frames = {
        name: frame.assign(**{key: value for key, value in gone.items() if key in frame.columns})
        for name, frame in vars(single).items()
        if name in ("results", "fidelity", "summary", "tests")
    }
    broken = dataclasses.replace(
        single,
        **frames,
        predictions=single.predictions.iloc[:0],
        samples=(),
        runs=single.runs.assign(status="failed", message="no"),
    )
    page = comparison_page(broken)
    assert not blocks(page, Picture)
    assert {row[1] for row in table(page, "Every arm").rows} == {"failed in 2 of 2 fits"}
    assert render_page(page).startswith("<!doctype html>")
    assert not [block for block in blocks(page, Paragraph) if "nan" in block.text]
