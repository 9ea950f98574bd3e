"""What a page is made of: plain data, escaped when it is rendered."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = [
    "Block",
    "Callout",
    "Details",
    "Facts",
    "Heading",
    "Items",
    "Page",
    "Paragraph",
    "Picture",
    "Section",
    "Statement",
    "Table",
]

# Cells that are longer are running text, which needs room.
_LONG = 28
# "1,234", "-0.5", "12.3%", "< 0.1%", "0.3 ± 0.1", "1 : 20", "▲ 0.9", or nothing to tell.
_NUMBER = re.compile(r"[▲▼]? ?[-+<>≤≥ ]*\d[\d.,]*( ?[±:] ?\d[\d.,]*)? ?%?|[-–]?")


@dataclass(frozen=True)
class Paragraph:
    """Running text.

    Parameters
    ----------
    text : str
    """

    template: ClassVar[str] = "paragraph"
    text: str


@dataclass(frozen=True)
class Statement:
    """The sentence that a page is made for, set large.

    Parameters
    ----------
    text : str
    """

    template: ClassVar[str] = "statement"
    text: str


@dataclass(frozen=True)
class Heading:
    """A heading within a section.

    Parameters
    ----------
    text : str
    """

    template: ClassVar[str] = "heading"
    text: str


@dataclass(frozen=True)
class Items:
    """A list of sentences.

    Parameters
    ----------
    items : sequence of str
    """

    template: ClassVar[str] = "items"
    items: Sequence[str]


@dataclass(frozen=True)
class Details:
    """Lines of text as they are, such as a traceback, that are shown when asked for.

    Parameters
    ----------
    summary : str
        What can be asked for.
    text : str
    """

    template: ClassVar[str] = "details"
    summary: str
    text: str


@dataclass(frozen=True)
class Facts:
    """Names and facts side by side.

    Parameters
    ----------
    items : mapping of str to str
    """

    template: ClassVar[str] = "facts"
    items: Mapping[str, str]


@dataclass(frozen=True)
class Callout:
    """A finding or verdict that must not be overlooked.

    Parameters
    ----------
    level : {"blocker", "warning", "note", "advice"}
        How much it matters; told by a word and a colour.
    title : str
    text : str
        What was found.
    remedy : str
        What to do; empty for nothing.
    """

    template: ClassVar[str] = "callout"
    level: Literal["blocker", "warning", "note", "advice"]
    title: str
    text: str
    remedy: str = ""


@dataclass(frozen=True)
class Table:
    """A table of text; the first cell of each row is its header.

    Parameters
    ----------
    caption : str
    header : sequence of str
    rows : sequence of sequences of str
        Each as long as `header`. Columns that hold numbers only are set flush right, but for the first.

    Examples
    --------
    >>> from imbgen.html import Table
    >>> Table("Sizes", ["class", "rows", "share"], [["ill", "1,020", "4.8%"]]).is_number
    [False, True, True]
    """

    template: ClassVar[str] = "table"
    caption: str
    header: Sequence[str]
    rows: Sequence[Sequence[str]]

    @property
    def is_number(self) -> list[bool]:
        """Whether each column holds numbers only; the first names the rows, so it does not count."""
        return [
            i > 0 and any(row[i] for row in self.rows) and all(_NUMBER.fullmatch(row[i]) for row in self.rows)
            for i in range(len(self.header))
        ]

    @property
    def is_long(self) -> list[bool]:
        """Whether each column holds running text; the first names the rows, so it does not count."""
        return [i > 0 and any(len(row[i]) > _LONG for row in self.rows) for i in range(len(self.header))]


@dataclass(frozen=True, eq=False)
class Picture:
    """A figure, held in the page as SVG, or as PNG if the SVG is heavy.

    Parameters
    ----------
    figure : matplotlib Figure
    alt : str
        What it shows, for those who cannot see it.
    caption : str
    """

    template: ClassVar[str] = "picture"
    figure: Figure
    alt: str
    caption: str = ""

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels of a page, of which an inch has 96."""
        width, height = self.figure.get_size_inches()
        return round(96 * width), round(96 * height)


Block = Paragraph | Statement | Heading | Items | Details | Facts | Callout | Table | Picture


@dataclass(frozen=True)
class Section:
    """A part of a page.

    Parameters
    ----------
    title : str
        Also what the contents call it.
    blocks : sequence of Block
    """

    title: str
    blocks: Sequence[Block]


@dataclass(frozen=True)
class Page:
    """A whole page.

    Parameters
    ----------
    title : str
    subtitle : str
    sections : sequence of Section
    footer : str
        How the page was made.
    """

    title: str
    subtitle: str
    sections: Sequence[Section]
    footer: str = ""
