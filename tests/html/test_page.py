from __future__ import annotations

from html.parser import HTMLParser

import pytest
from jinja2 import UndefinedError
from matplotlib.figure import Figure

from imbgen.html import (
    Callout,
    Details,
    Facts,
    Heading,
    Items,
    Page,
    Paragraph,
    Picture,
    Section,
    Statement,
    Table,
    render_page,
    write_page,
)

EVIL = "<script>alert('x')</script> & \"quotes\" {{ 7 * 7 }} `<b>`"
VOID = {"meta", "img", "link", "br"}


class Outline(HTMLParser):
    """Collect elements with their attributes and text, and check that they are nested."""

    def __init__(self):
        super().__init__()
        self.open, self.elements = [], []

    def handle_starttag(self, tag, attrs):
        self.elements.append({"tag": tag, "text": "", **dict(attrs)})
        if tag not in VOID:
            self.open.append(self.elements[-1])

    def handle_endtag(self, tag):
        assert self.open.pop()["tag"] == tag

    def handle_data(self, data):
        for element in self.open:
            element["text"] += data

    def all(self, tag):
        return [element for element in self.elements if element["tag"] == tag]


def outline(page):
    parser = Outline()
    parser.feed(render_page(page))
    parser.close()
    assert parser.open == []
    return parser


def page_of(text="text"):
    blocks = [
        Paragraph(text),
        Statement(text),
        Heading(text),
        Items([text, text]),
        Details(text, text),
        Facts({text: text}),
        Callout("warning", text, text, text),
        Callout("note", text, text),
        Table(text, ["name", "n"], [[text, "1"], ["b", "2"]]),
        Picture(Figure(figsize=(2, 1)), text, text),
    ]
    return Page(text, text, [Section(text, blocks), Section(text, [])], text)


def test_a_page_is_whole_and_needs_nothing_from_outside():
    html = render_page(page_of())
    assert html.startswith("<!doctype html>")
    assert "http://" not in html
    assert "https://" not in html
    found = outline(page_of())
    assert found.all("script") == found.all("link") == []
    (policy,) = (meta["content"] for meta in found.all("meta") if "http-equiv" in meta)
    assert "default-src 'none'" in policy


def test_everything_is_escaped():
    found = outline(page_of(EVIL))
    assert found.all("script") == found.all("b") == []
    assert found.all("title")[0]["text"] == EVIL
    assert found.all("h1")[0]["text"] == EVIL
    assert found.all("dd")[0]["text"] == EVIL
    assert found.all("pre")[0]["text"] == EVIL
    assert found.all("summary")[0]["text"] == EVIL
    assert found.all("h3")[0]["text"] == EVIL
    assert found.all("img")[0]["alt"] == EVIL
    assert found.all("tbody")[0]["text"].split("\n")[2] == EVIL
    assert all("49" not in element["text"] for element in found.elements if element["tag"] != "style")


def test_code_stands_in_backticks():
    (code,) = outline(Page("a", "b", [Section("c", [Paragraph("call `f(x < 1)` now")])])).all("code")
    assert code["text"] == "f(x < 1)"


def test_contents_lead_to_sections_of_the_same_title():
    found = outline(page_of("Twice the same"))
    links = [element["href"].removeprefix("#") for element in found.all("a")]
    assert links == [element["id"] for element in found.all("section")]
    assert len(set(links)) == 2
    assert outline(Page("a", "b", [Section("c", [])])).all("nav") == []


def test_tables_have_headers_and_a_name():
    found = outline(page_of())
    (table,) = found.all("table")
    (name,) = (element for element in found.elements if element.get("id") == table["aria-labelledby"])
    assert name["text"] == "text"
    scopes = [(header["scope"], header["text"]) for header in found.all("th")]
    assert scopes == [("col", "name"), ("col", "n"), ("row", "text"), ("row", "b")]
    assert [cell["class"] for cell in found.all("td")] == ["number", "number"]


def test_a_callout_says_its_level_in_a_word():
    badges = [element["text"] for element in outline(page_of()).all("span")]
    assert badges == ["warning", "note"]


def test_pages_are_written_whole_or_not_at_all(tmp_path):
    file = tmp_path / "new" / "page.html"
    write_page(page_of("first"), file)
    assert file.read_text(encoding="utf-8") == render_page(page_of("first"))
    with pytest.raises(UndefinedError):
        write_page(Page("second", "", [Section("broken", [object()])]), file)
    write_page(page_of("third"), file)
    assert "third" in file.read_text(encoding="utf-8")
    assert list(file.parent.iterdir()) == [file]


def test_a_failed_write_leaves_nothing(tmp_path, monkeypatch):
    def replace(self, target):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("pathlib.Path.replace", replace)
    with pytest.raises(OSError, match="No space left"):
        write_page(page_of(), tmp_path / "page.html")
    assert list(tmp_path.iterdir()) == []
