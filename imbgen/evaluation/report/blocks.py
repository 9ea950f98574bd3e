"""A picture of a comparison as a block of a page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from imbgen.errors import DataError
from imbgen.evaluation.report.drawing import draw
from imbgen.html import Paragraph, Picture

if TYPE_CHECKING:
    from imbgen.evaluation.comparison import Comparison

__all__ = ["picture"]


def picture(result: Comparison, kind: str, alt: str, caption: str, **options: Any) -> Picture | Paragraph:
    """Return a picture, or why there is none: where much failed, a report is needed most."""
    try:
        return Picture(draw(result, kind, **options), alt, caption)
    except DataError as error:
        return Paragraph(f"Not drawn: {error}")
