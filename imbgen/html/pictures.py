"""A figure as text that a page can hold."""

from __future__ import annotations

import base64
import io
import re
import warnings
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["picture_uri"]

_DOTS_PER_INCH = 150
# A drawing in SVG is sharp at any size, but one of many points is heavier than its pixels.
_HEAVY = 150_000
# matplotlib ends names with random digits; such a name stands in quotes, after "#" or in "url(#...)".
_RANDOM_NAME = re.compile(r'(?<=["#])\w*?[0-9a-f]{10}(?=[")])')
# Comments repeat the labels, of which matplotlib escapes all but the control characters.
_NO_XML = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


def picture_uri(figure: Figure) -> str:
    """Return a figure as a data URI: SVG, or PNG if that is shorter than a heavy SVG.

    Equal figures give equal text.

    Parameters
    ----------
    figure : matplotlib Figure

    Returns
    -------
    uri : str
        Beginning with ``"data:image/svg+xml;base64,"`` or ``"data:image/png;base64,"``.

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> from imbgen.html.pictures import picture_uri
    >>> figure = Figure(figsize=(2, 1))
    >>> picture_uri(figure)[:23], picture_uri(figure) == picture_uri(figure)
    ('data:image/svg+xml;base', True)
    """
    with warnings.catch_warnings():
        # A sign that the font lacks is drawn as a box; the page's own text shows it as it is.
        warnings.filterwarnings("ignore", r"Glyph \d+ .*missing from font", UserWarning)
        kind, drawn = "svg+xml", _svg(figure)
        if len(drawn) > _HEAVY and len(pixels := _png(figure)) < len(drawn):
            kind, drawn = "png", pixels
    return f"data:image/{kind};base64,{base64.b64encode(drawn).decode('ascii')}"


def _svg(figure: Figure) -> bytes:
    drawn = io.BytesIO()
    figure.savefig(drawn, format="svg", metadata={"Date": None, "Creator": None})
    names: dict[str, str] = {}
    text = _NO_XML.sub("", drawn.getvalue().decode("utf-8"))
    text = _RANDOM_NAME.sub(lambda found: names.setdefault(found[0], f"n{len(names)}"), text)
    return text.encode("utf-8")


def _png(figure: Figure) -> bytes:
    drawn = io.BytesIO()
    figure.savefig(
        drawn,
        format="png",
        dpi=_DOTS_PER_INCH,
        metadata={"Software": None},
        pil_kwargs={"optimize": True},
    )
    return drawn.getvalue()
