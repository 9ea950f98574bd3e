"""How a CSV file is written: ``csv=`` of the functions, ``data.csv`` of a config."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from encodings.aliases import aliases

from imbgen.errors import ParameterError, did_you_mean

__all__ = ["CSVFormat"]

_DECIMALS = (".", ",")


@dataclass(frozen=True)
class CSVFormat:
    r"""How a CSV file is written.

    Parameters
    ----------
    delimiter : str or None
        Character between fields (\t for a tab); null finds it among comma, semicolon, tab and bar.
    quotechar : str
        Character around fields that hold the delimiter.
    encoding : str or None
        Such as latin-1; null takes UTF-8, or what a byte-order mark says.
    decimal : str
        Decimal sign of numbers, a point or a comma.
    missing : sequence of str
        Texts that stand for a missing value, beside the empty field, NA, null and the like.

    Raises
    ------
    ParameterError
        A value that no CSV file can have, or one character in two roles.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from imbgen.tables import CSVFormat, read_table
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "rows.csv"
    ...     _ = path.write_text("age;dose\n71;0,5\n64;?\n")
    ...     read_table(path, csv=CSVFormat(decimal=",", missing=["?"]))["dose"].tolist()
    [0.5, nan]
    """

    delimiter: str | None = None
    quotechar: str = '"'
    encoding: str | None = None
    decimal: str = "."
    missing: Sequence[str] = ()

    def __post_init__(self) -> None:
        if self.delimiter == r"\t":  # all that a shell or an unquoted YAML value can say
            object.__setattr__(self, "delimiter", "\t")
        if self.delimiter is not None:
            _check_character("delimiter", self.delimiter, ";")
        _check_character("quotechar", self.quotechar, "'")
        if self.decimal not in _DECIMALS:
            raise ParameterError(
                f"`decimal` must be a point or a comma, however: decimal={self.decimal!r}. Give '.' or ','."
            )
        self._check_roles()
        if self.encoding is not None:
            _check_encoding(self.encoding)
        _check_missing(self.missing)
        object.__setattr__(self, "missing", tuple(self.missing))

    def _check_roles(self) -> None:
        roles = ("delimiter", "quotechar", "decimal")
        for i, first in enumerate(roles):
            for second in roles[i + 1 :]:
                if getattr(self, first) == getattr(self, second):
                    raise ParameterError(
                        f"`{first}` and `{second}` must differ, however: both are {getattr(self, first)!r}."
                        " Change one of them."
                    )


def _check_character(name: str, value: object, example: str) -> None:
    if not (isinstance(value, str) and len(value) == 1) or value.isalnum() or value in "\r\n\0":
        raise ParameterError(
            f"`{name}` must be one character that is no letter, digit or line break, however:"
            f" {name}={value!r}. Give one, such as {example!r}."
        )


def _check_encoding(encoding: str) -> None:
    try:
        "a".encode(encoding)  # looking it up would also find base64, rot13 and the like
    except (LookupError, ValueError, TypeError) as error:
        known = [name.replace("_", "-") for name in (*aliases.values(), *aliases, "utf-8", "latin-1")]
        raise ParameterError(
            f"`encoding` must be a text encoding, however: encoding={encoding!r} is none."
            f"{did_you_mean(encoding, known)} Give one, such as latin-1 or cp1252."
        ) from error


def _check_missing(missing: object) -> None:
    if (
        isinstance(missing, str)
        or not isinstance(missing, Sequence)
        or any(not isinstance(text, str) for text in missing)
    ):
        raise ParameterError(
            f"`missing` must be a list of texts, however: missing={missing!r}. Give one, such as ['?', '-']."
        )
