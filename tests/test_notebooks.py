"""Every notebook runs from top to bottom with a small budget, and matches the script it is paired with."""

from pathlib import Path

import jupytext
import nbformat
import pytest
from nbclient import NotebookClient

FOLDER = Path(__file__).parents[1] / "notebooks"
SCRIPTS = sorted(FOLDER.glob("*.py"))
SMALL = {"n_updates": "20", "n_trees": "20", "n_subsets": "2", "n_folds": "2"}


def _sources(notebook):
    return [(cell.cell_type, cell.source) for cell in notebook.cells]


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.stem)
def test_notebook_matches_its_script(script):
    paired = nbformat.read(script.with_suffix(".ipynb"), as_version=4)
    assert _sources(paired) == _sources(jupytext.read(script))


@pytest.mark.slow
@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.stem)
def test_notebook_runs(script, tmp_path, monkeypatch):
    monkeypatch.delenv("MPLBACKEND")
    notebook = jupytext.read(script)
    parameters = next(cell for cell in notebook.cells if "parameters" in cell.metadata.get("tags", []))
    parameters.source += "".join(f"\n{name} = {value}" for name, value in SMALL.items())
    resources = {"metadata": {"path": str(tmp_path)}}
    NotebookClient(notebook, timeout=300, kernel_name="python3", resources=resources).execute()
    pictures = [
        output
        for cell in notebook.cells
        for output in cell.get("outputs", [])
        if "image/png" in output.get("data", {})
    ]
    assert len(pictures) >= 5
    assert not list(tmp_path.iterdir()), "a notebook leaves no file behind"
