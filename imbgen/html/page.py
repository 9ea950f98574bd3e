"""Pages as text, and as files that appear whole or not at all."""

from __future__ import annotations

import os
import re
from functools import cache
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from imbgen.files import whole_file
from imbgen.html.blocks import Page
from imbgen.html.pictures import picture_uri

__all__ = ["render_page", "write_page"]


def render_page(page: Page) -> str:
    """Return a page as one HTML document that needs nothing from outside.

    Every text is escaped, so a label such as ``<script>`` is shown as it is.

    Parameters
    ----------
    page : Page

    Returns
    -------
    html : str

    Examples
    --------
    >>> from imbgen.html import Page, Paragraph, Section, render_page
    >>> html = render_page(Page("Sizes", "of <b>", [Section("All", [Paragraph("1 < 2")])]))
    >>> "of &lt;b&gt;" in html, "<p>1 &lt; 2</p>" in html
    (True, True)
    """
    anchors = _anchors([section.title for section in page.sections])
    return _environment().get_template("page.html.jinja").render(page=page, anchors=anchors)


def write_page(page: Page, path: str | os.PathLike[str]) -> None:
    """Write a page; missing folders are made, and an existing file is replaced at the very end.

    Parameters
    ----------
    page : Page
    path : str or path-like

    Raises
    ------
    OSError
        The file cannot be written.
    """
    text, file = render_page(page), Path(path).expanduser()
    with whole_file(file) as temporary:
        temporary.write_text(text, encoding="utf-8", newline="\n")


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("imbgen.html", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"picture_uri": picture_uri, "with_code": _with_code}
    return environment


def _with_code(text: str) -> Markup:
    """Escape a text, then set what stands in backticks as code."""
    return Markup(re.sub(r"`([^`]+)`", r"<code>\1</code>", str(escape(text))))


def _anchors(titles: list[str]) -> list[str]:
    """Return a distinct fragment for each section."""
    words = [re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-") for title in titles]
    return [f"{word or 'section'}-{number}" for number, word in enumerate(words, start=1)]
