from __future__ import annotations

import warnings

from imbgen.cli.terminal import tidy_warnings


def test_only_user_warnings_become_one_line(capsys):
    with tidy_warnings():
        warnings.simplefilter("always", FutureWarning)
        warnings.warn("look  here\nplease", UserWarning, stacklevel=1)
        warnings.warn("going away", FutureWarning, stacklevel=1)
    first, second, *_ = capsys.readouterr().err.splitlines()
    assert first == "imbgen: warning: look here please"
    assert second.endswith("FutureWarning: going away")


def test_a_terminal_without_unicode_is_no_obstacle(start):
    code = "import sys; from imbgen.cli import main; sys.exit(main())"
    process = start(code, "datasets", "größe", PYTHONIOENCODING="ascii")
    _, err = process.communicate(timeout=60)
    assert process.returncode == 2
    assert "'gr??e'" in err
