"""Self-contained pages: what is given in, one HTML file without links or scripts out."""

from imbgen.html.blocks import Block, Callout, Facts, Page, Paragraph, Picture, Section, Table
from imbgen.html.page import render_page, write_page

__all__ = [
    "Block",
    "Callout",
    "Facts",
    "Page",
    "Paragraph",
    "Picture",
    "Section",
    "Table",
    "render_page",
    "write_page",
]
