"""Files that appear whole or not at all."""

import pytest

from imbgen.files import whole_file


def test_the_file_is_there_only_at_the_end(tmp_path):
    path = tmp_path / "new" / "notes.txt"
    with whole_file(path) as temporary:
        temporary.write_text("whole")
        assert not path.exists()
    assert path.read_text() == "whole"
    assert list(path.parent.iterdir()) == [path]


def test_an_error_leaves_what_was_there(tmp_path):
    def fail(path):
        with whole_file(path) as temporary:
            temporary.write_text("half")
            raise RuntimeError

    path = tmp_path / "notes.txt"
    path.write_text("old")
    with pytest.raises(RuntimeError):
        fail(path)
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]
