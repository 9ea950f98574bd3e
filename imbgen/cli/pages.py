"""Pages that commands write where the user says."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from imbgen.errors import TableFileError

if TYPE_CHECKING:
    from imbgen.html import Page

__all__ = ["check_place", "write_html"]


def check_place(html: str, overwrite: bool) -> None:
    """Complain before anything is computed if a page cannot be written there, or would replace a file."""
    path = Path(html).expanduser()
    if path.is_dir():
        raise TableFileError(f"`--html` must be a file, however: {html!r} is a folder. Name a file in it.")
    if path.exists() and not overwrite:
        raise TableFileError(
            f"`--html` must not exist yet, however: there is {html!r}. Name another file, or add --overwrite."
        )


def write_html(page: Page, html: str) -> None:
    """Write a page, whole or not at all."""
    # Pictures take a while to load, and the terminal needs none.
    from imbgen.html import write_page

    try:
        write_page(page, html)
    except OSError as error:
        raise TableFileError(
            f"`--html` must be where a file can be written, however: {html!r} could not be"
            f" ({error.strerror}). Choose another place."
        ) from error
