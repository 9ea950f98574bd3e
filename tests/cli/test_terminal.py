from __future__ import annotations

import warnings

from rich.console import Console

from imbgen.cli.terminal import remember_warnings, show_table, tidy_warnings, write_error


def test_only_user_warnings_become_one_line(capsys):
    with tidy_warnings():
        warnings.simplefilter("always", FutureWarning)
        warnings.warn("look  here\nplease", UserWarning, stacklevel=1)
        warnings.warn("going away", FutureWarning, stacklevel=1)
    first, second, *_ = capsys.readouterr().err.splitlines()
    assert first == "imbgen: warning: look here please"
    assert second.endswith("FutureWarning: going away")


def test_words_stay_whole_in_a_narrow_terminal(capsys):
    console = Console(width=40, force_terminal=True, color_system=None, legacy_windows=False)
    show_table(console, ["kind", "remarks"], [["empty", "the long remarks of a column " * 3]] * 2)
    _, *lines = capsys.readouterr().out.splitlines()
    assert sum(line.startswith("empty  the long") for line in lines) == 2
    assert max(map(len, lines)) <= 40


def test_what_a_command_names_otherwise_is_renamed(capsys):
    with tidy_warnings({"--data.csv.": "--csv."}):
        warnings.warn("say --data.csv.decimal ,", UserWarning, stacklevel=1)
    write_error("error", "no --data.csv.encoding", {"--data.csv.": "--csv."})
    assert capsys.readouterr().err.splitlines() == [
        "imbgen: warning: say --csv.decimal ,",
        "imbgen: error: no --csv.encoding",
    ]


def test_a_terminal_without_unicode_is_no_obstacle(start):
    code = "import sys; from imbgen.cli import main; sys.exit(main())"
    process = start(code, "datasets", "größe", PYTHONIOENCODING="ascii")
    _, err = process.communicate(timeout=60)
    assert process.returncode == 2
    assert "'gr??e'" in err


def test_warnings_are_remembered_as_they_are_shown(capsys):
    with tidy_warnings():
        warnings.simplefilter("always")
        with remember_warnings() as told:
            warnings.warn("look", UserWarning, stacklevel=1)
        warnings.warn("later", UserWarning, stacklevel=1)
    assert told == {"look"}
    assert capsys.readouterr().err.splitlines() == ["imbgen: warning: look", "imbgen: warning: later"]
