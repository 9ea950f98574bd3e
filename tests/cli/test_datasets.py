from __future__ import annotations

from imbgen.cli import main


def test_datasets_are_listed_with_tabs_in_a_pipe(capsys):
    assert main(["datasets"]) == 0
    header, *rows = (line.split("\t") for line in capsys.readouterr().out.splitlines())
    assert header[:3] == ["name", "rows", "columns"]
    assert [row[0] for row in rows] == ["car_evaluation", "ecoli", "hepatitis", "hypothyroid", "page_blocks0"]
    assert rows[3][1:6] == ["3,163", "25", "2", "hypothyroid", "151"]


def test_the_card_of_a_data_set(capsys):
    assert main(["datasets", "ecoli"]) == 0
    assert capsys.readouterr().out.startswith("# Ecoli\n")
