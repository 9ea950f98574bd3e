"""The command line: `imbgen train`, `imbgen sample`, `imbgen datasets`."""

from imbgen.cli.entry import main

__all__ = ["main"]
