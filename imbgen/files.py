"""Files that appear whole or not at all."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

__all__ = ["whole_file"]


@contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """Yield a temporary path beside `path`, and put what was written there in its place at the end.

    Missing folders are created. After an error the temporary file is removed, and `path` is what it was.

    Parameters
    ----------
    path : Path
        File to write or to replace.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from imbgen.files import whole_file
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     with whole_file(Path(folder) / "new" / "notes.txt") as temporary:
    ...         _ = temporary.write_text("whole")
    ...     [item.name for item in Path(folder, "new").iterdir()]
    ['notes.txt']
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}.tmp")
    try:
        yield temporary
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
