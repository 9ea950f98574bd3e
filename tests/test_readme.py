"""The README runs: its Python blocks in order, in one namespace; its shell lines name commands that exist."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

README = Path(__file__).parents[1] / "README.md"
TEXT = README.read_text(encoding="utf-8") if README.exists() else ""
FENCE = re.compile(r"^```(?P<language>\w+)\n(?P<code>.*?)^```$", flags=re.MULTILINE | re.DOTALL)
CALL = re.compile(r"(?:\S+=\S* )*(?:(?:\S*/)?imbgen|\S*python3? -m imbgen) (\S+)")
SHELLS = {"bash", "console", "sh", "shell"}


def find_python(text: str) -> list[tuple[int, str]]:
    """Line number and code of each Python block."""
    return [
        (text.count("\n", 0, match.start("code")), match["code"])
        for match in FENCE.finditer(text)
        if match["language"] == "python"
    ]


def find_commands(text: str) -> list[str]:
    """Subcommand of each `imbgen ...` line in a shell block."""
    blocks = [match["code"] for match in FENCE.finditer(text) if match["language"] in SHELLS]
    lines = "\n".join(blocks).replace("\\\n", " ").splitlines()
    words = [shlex.split(line.removeprefix("$ "), comments=True) for line in lines]
    calls = [CALL.match(" ".join(line)) for line in words]
    return [call[1] for call in calls if call]


def run_blocks(blocks: list[tuple[int, str]], file: str) -> dict[str, object]:
    namespace: dict[str, object] = {"__name__": "__main__"}
    for line, code in blocks:
        # The empty lines make a traceback point at the line of the README.
        exec(compile("\n" * line + code, file, "exec"), namespace)
    return namespace


def test_readme_has_blocks_to_run():
    assert find_python(TEXT)
    assert find_commands(TEXT)


def test_python_blocks_run_in_order(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    run_blocks(find_python(TEXT), str(README))


@pytest.mark.parametrize("command", sorted(set(find_commands(TEXT))))
def test_commands_exist(command, capsys):
    from imbgen.cli import main

    arguments = [command] if command.startswith("-") else [command, "--help"]
    assert main(arguments) == 0, capsys.readouterr().err


SAMPLE = """
```bash
$ imbgen train --config configs/gan.yaml  # a comment
X=1 .venv/bin/imbgen sample runs/last \\
    --n 5
python -m imbgen compare
make train
echo imbgen is no command here
```
```python
a = 1
```
```yaml
imbgen: 3
```
```python
b = a + 1
```
"""


def test_blocks_and_commands_are_found():
    assert find_commands(SAMPLE) == ["train", "sample", "compare"]
    assert run_blocks(find_python(SAMPLE), "sample")["b"] == 2


def test_a_failing_block_points_at_its_line():
    with pytest.raises(NameError) as caught:
        run_blocks(find_python(SAMPLE.replace("a = 1", "a = none_such")), "sample")
    assert caught.traceback[-1].lineno + 1 == SAMPLE.splitlines().index("a = 1") + 1
