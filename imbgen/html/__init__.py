"""Self-contained pages: what is given in, one HTML file without links or scripts out."""

from imbgen.html.blocks import (
    Block,
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
)
from imbgen.html.page import render_page, write_page

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
    "render_page",
    "write_page",
]
