"""`main`: an explicit table of commands, and one sentence with status 2 for whatever a user got wrong."""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Sequence
from importlib import import_module
from typing import NamedTuple

from imbgen.cli.terminal import open_console, replace_what_cannot_be_shown, tidy_warnings, write_error
from imbgen.errors import ConfigError, ImbgenError, did_you_mean

__all__ = ["COMMANDS", "main"]

_OK, _USER_ERROR, _INTERRUPTED = 0, 2, 130
_CONFIG_CSV = "--data.csv."  # of the commands with a config, which is what messages about tables name


class Command(NamedTuple):
    """Where a command lives, and what it does in a few words."""

    module: str
    summary: str
    csv: str = "--csv."  # how its options begin that say how a CSV file is written


#: Name -> command. Its module, imported on first use, has a function `run(argv)`.
COMMANDS: dict[str, Command] = {
    "init": Command("imbgen.cli.init", "write a config for a table"),
    "train": Command("imbgen.cli.train", "learn the rare class of a table", _CONFIG_CSV),
    "sample": Command("imbgen.cli.sample", "draw rows from what was trained"),
    "evaluate": Command("imbgen.cli.evaluate", "compare what was trained with a Gaussian mixture"),
    "compare": Command("imbgen.cli.compare", "say whether to augment a table, and with what", _CONFIG_CSV),
    "describe": Command("imbgen.cli.describe", "look at a table before any modelling"),
    "resample": Command(
        "imbgen.cli.resample", "balance a table with any sampler: SMOTE, ADASYN, our own", _CONFIG_CSV
    ),
    "datasets": Command("imbgen.cli.datasets", "list the embedded data sets, or print the card of one"),
}


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command.

    Parameters
    ----------
    argv : sequence of str, optional
        Arguments; those of the process by default.

    Returns
    -------
    status : int
        0: done, also when Ctrl-C ended a training early and its run folder was written. 2: a mistake of the
        user, told in one sentence on standard error. 130: interrupted, nothing was written.

    Examples
    --------
    >>> from imbgen.cli import main
    >>> main(["sample", "no/such/run", "--n", "3", "--out", "rows.csv"])
    2
    """
    arguments = list(sys.argv[1:] if argv is None else argv)
    debug = "--debug" in arguments
    arguments = [argument for argument in arguments if argument != "--debug"]
    command = COMMANDS.get(arguments[0]) if arguments else None
    renamed = {} if command is None else {_CONFIG_CSV: command.csv}
    replace_what_cannot_be_shown()
    try:
        with tidy_warnings(renamed):
            _dispatch(arguments)
    except BrokenPipeError:  # the reader, such as `head`, has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return _OK
    except (ImbgenError, OSError) as error:
        if debug:
            traceback.print_exc()
        write_error("error", error, renamed)
        return _USER_ERROR
    except KeyboardInterrupt as stop:
        return _interrupted(str(stop))
    except SystemExit as error:
        # Lightning turns a second Ctrl-C into an exit of its own.
        if isinstance(error.__context__, KeyboardInterrupt):
            return _interrupted()
        return error.code if isinstance(error.code, int) else _OK
    return _OK


def _dispatch(argv: Sequence[str]) -> None:
    command, *rest = argv or ["--help"]
    if command in ("-h", "--help"):
        open_console().print(_help())
    elif command == "--version":
        # The package itself is the one place of the version; it is lazy, so nothing else is loaded.
        open_console().print(f"imbgen {sys.modules['imbgen'].__version__}")
    elif command in COMMANDS:
        import_module(COMMANDS[command].module).run(rest)
    else:
        raise ConfigError(
            f"The first argument must be a command ({', '.join(COMMANDS)}), however: it is {command!r}."
            f"{did_you_mean(command, COMMANDS)} See imbgen --help."
        )


def _help() -> str:
    lines = [f"  {name:<10} {command.summary}" for name, command in COMMANDS.items()]
    return "\n".join(
        [
            "usage: imbgen COMMAND ...",
            "",
            "Deep generative augmentation for imbalanced tables.",
            "",
            "commands:",
            *lines,
            "",
            "options:",
            "  --help     of imbgen, or of a command: imbgen train --help",
            "  --version  print the version",
            "  --debug    with any command: show where an error came from",
        ]
    )


def _interrupted(kept: str = "") -> int:
    write_error("error", f"Interrupted; {kept or 'nothing was written.'}")
    return _INTERRUPTED
