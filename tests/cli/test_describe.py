from __future__ import annotations

import re
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from rich.console import Console

from imbgen import load_dataset, profile_table
from imbgen.cli import describe as module
from imbgen.cli import main
from imbgen.tables import write_table


def lines_of(capsys, *argv):
    assert main(["describe", *map(str, argv)]) == 0
    out, err = capsys.readouterr()
    assert err == ""
    assert "\x1b" not in out
    return out.splitlines()


def test_a_pipe_gets_facts_tables_and_findings(capsys):
    lines = lines_of(capsys, "hypothyroid")
    assert lines[:3] == ["data     hypothyroid", "rows     3,163", "columns  25"]
    assert "hypothyroid\t151\t4.8%" in lines
    assert next(line for line in lines if line.startswith("TBG\t")).split("\t")[1:4] == [
        "continuous",
        "52",
        "91.8%",
    ]
    profile = profile_table(*load_dataset("hypothyroid"))
    assert lines[-len(profile.findings) :] == [str(finding) for finding in profile.findings]


def test_a_terminal_gets_titles_and_paragraphs(table, tmp_path, monkeypatch, capsys):
    def open_terminal():
        return Console(
            force_terminal=True, width=100, color_system=None, markup=False, highlight=False, emoji=False
        )

    monkeypatch.setattr(module, "open_console", open_terminal)
    assert main(["describe", str(tmp_path / "mine.csv"), "--target", "sick"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert max(map(len, lines)) <= 100
    assert "warning  Small classes" in lines
    assert next(line for line in lines if line.startswith("yes")).split() == [
        "yes", "12", "20.0%", "below", "30", "rows",
    ]  # fmt: skip
    assert not any("\t" in line for line in lines)
    header, age = (next(line for line in lines if line.startswith(start)) for start in ("column ", "age "))
    assert age[: header.index("missing") + len("missing")].endswith(" 0%")


def test_options_reach_the_profile(table, tmp_path, capsys):
    frame = table.assign(code=np.arange(60) % 3)
    write_table(frame, tmp_path / "mine.parquet")
    options = ["--target", "sick", "--minority", "NO", "--schema.code", "categorical", "--random_state", "5"]
    lines = lines_of(capsys, tmp_path / "mine.parquet", *options)
    assert "its rows 48 (80.0%)" in lines
    assert next(line for line in lines if line.startswith("code\t")).split("\t")[1] == "categorical"
    features = frame.drop(columns="sick")
    kinds = {"code": "categorical"}
    profile = profile_table(features, frame["sick"], minority="no", schema=kinds, random_state=5)
    aucs = [line.split("\t")[6] for line in lines if line.split("\t")[0] in features.columns]
    assert aucs == [f"{auc:.2f}" for auc in profile.columns["auc"]]


def test_the_format_of_a_csv_file_may_be_given(tmp_path, capsys):
    text = "dose;sick\n" + "".join(f"{i},5;{'yes' if i % 3 else 'no'}\n" for i in range(30))
    (tmp_path / "mine.csv").write_text(text, encoding="utf-8")
    options = ["--target", "sick", "--csv.delimiter", ";", "--csv.decimal", ","]
    lines = lines_of(capsys, tmp_path / "mine.csv", *options)
    assert next(line for line in lines if line.startswith("dose\t")).split("\t")[1] == "continuous"


def test_the_page_is_written_where_asked_and_replaced_only_when_told(table, tmp_path, capsys, complaint):
    html = tmp_path / "new" / "mine.html"
    argv = [tmp_path / "mine.csv", "--target", "sick", "--html", html]
    assert lines_of(capsys, *argv)[-1] == f"Wrote {html}"
    page = html.read_text(encoding="utf-8")
    assert "<title>mine</title>" in page
    html.write_text("mine", encoding="utf-8")
    assert "--overwrite" in complaint("describe", *argv)
    assert html.read_text(encoding="utf-8") == "mine"
    lines_of(capsys, *argv, "--overwrite")
    assert html.read_text(encoding="utf-8") == page
    assert list(html.parent.iterdir()) == [html]


@pytest.mark.parametrize(
    ("options", "parts"),
    [
        (["none.csv"], ["there is no 'none.csv'", "Did you mean 'mine.csv'?"]),
        (["hypothyrod"], ["Did you mean 'hypothyroid'?"]),
        (["mine.csv"], ["target='target'", "The columns are 'age', 'sex', 'sick'"]),
        (["mine.csv", "--target", "sik"], ["target='sik'", "Did you mean 'sick'?"]),
        (["mine.csv", "--target", "sick", "--minority", "yess"], ["`--minority`", "Did you mean 'yes'?"]),
        (["mine.csv", "--target", "sick", "--schema.agee", "integer"], ["'agee'", "Did you mean 'age'?"]),
        (["mine.csv", "--target", "sick", "--random_state", "-1"], ["random_state=-1"]),
        (["mine.csv", "--target", "sick", "--html", "."], ["`--html` must be a file"]),
        (["mine.csv", "--target", "sick", "--html", "mine.csv/x.html"], ["`--html` must be where a file"]),
        (["mine.csv", "--target", "sick", "--schema", "age"], ["`--schema` must be a mapping", "'age'"]),
        (["mine.csv", "--target", "sick", "--csv.missing", "?"], ["`--csv.missing` must be a list", "'?'"]),
        (["mine.csv", "--targt", "sick"], ["Did you mean '--target'?"]),
        ([], ["data", "imbgen describe --help"]),
    ],
)
def test_mistakes_are_explained(table, tmp_path, monkeypatch, complaint, options, parts):
    monkeypatch.chdir(tmp_path)
    err = complaint("describe", *options)
    assert [part for part in parts if part not in err] == [], err
    assert [path.name for path in tmp_path.iterdir()] == ["mine.csv"]


def test_labels_with_control_characters_stay_in_their_line(tmp_path, capsys):
    frame = pd.DataFrame({"a\n\x1b[31m": range(30), "y": ["no\tyes"] * 20 + ["\x07no"] * 10})
    write_table(frame, tmp_path / "odd.parquet")
    lines = lines_of(capsys, tmp_path / "odd.parquet", "--target", "y")
    assert "no yes\t20\t66.7%\tbelow 30 rows" in lines
    assert any(line.startswith("a [31m\tinteger") for line in lines)


def test_help_names_every_option(capsys):
    assert main(["describe", "--help"]) == 0
    out = capsys.readouterr().out
    own = {"target", "minority", "schema", "html", "overwrite", "random_state"}
    csv = {f"csv.{name}" for name in ("delimiter", "quotechar", "encoding", "decimal")}
    assert own | csv <= set(re.findall(r"^  --([\w.]+)", out, flags=re.MULTILINE))


def test_the_terminal_loads_neither_torch_nor_pictures():
    code = "import sys; from imbgen.cli import main; main(['describe', 'ecoli'])"
    code += "; print([name for name in ('torch', 'matplotlib', 'jinja2') if name in sys.modules])"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.splitlines()[-1] == "[]"
