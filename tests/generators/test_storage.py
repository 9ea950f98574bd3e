"""Models on disk: whole or not at all, the same bytes for the same fit, and one sentence for each damage."""

import json
import pickle
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from sklearn.exceptions import NotFittedError

from imbgen import (
    GANGenerator,
    GMMGenerator,
    InterpolationGenerator,
    KernelGenerator,
    SMOTEGenerator,
    load_generator,
)
from imbgen.errors import FallbackWarning, ModelFileError
from imbgen.generators import storage


def _rows(n=40):
    rng = np.random.default_rng(0)
    return pd.DataFrame(
        {
            "x": rng.normal(size=n),
            "c": rng.choice(["a", "b"], n),
            "day": pd.Timestamp("2024-01-01") + pd.to_timedelta(rng.integers(0, 9, n), unit="D"),
        }
    )


@pytest.fixture(scope="module")
def gmm():
    return GMMGenerator(random_state=0, max_components=2).fit(_rows())


@pytest.fixture(scope="module")
def gan():
    options = {"n_updates": 4, "check_every": 2, "n_folds": 2, "d_hidden": 4, "batch_size": 4}
    return GANGenerator(**options, random_state=0).fit(_rows())


NEIGHBOURLY = {
    "smote": SMOTEGenerator,
    "interpolation": InterpolationGenerator,
    "kernel": KernelGenerator,
}


@pytest.fixture(params=["gmm", "gan", *NEIGHBOURLY])
def generator(request):
    if request.param in NEIGHBOURLY:
        return NEIGHBOURLY[request.param](random_state=0).fit(_rows())
    return request.getfixturevalue(request.param)


def _edit(folder, change):
    path = folder / "model.json"
    description = json.loads(path.read_text())
    change(description)
    path.write_text(json.dumps(description))


def test_the_same_fit_gives_the_same_bytes(tmp_path, gmm):
    again = GMMGenerator(random_state=0, max_components=2).fit(_rows())
    first, second = gmm.save(tmp_path / "a"), again.save(tmp_path / "b")
    assert sorted(path.name for path in first.iterdir()) == ["arrays.safetensors", "model.json"]
    for path in first.iterdir():
        assert path.read_bytes() == (second / path.name).read_bytes()


def test_saving_what_was_loaded_gives_the_same_bytes(tmp_path, generator):
    first = generator.save(tmp_path / "a")
    second = load_generator(first).save(tmp_path / "b")
    for path in first.iterdir():
        assert path.read_bytes() == (second / path.name).read_bytes()


def test_attributes_survive(tmp_path, generator):
    loaded = load_generator(generator.save(tmp_path / "model"))
    public = [name for name in vars(generator) if name.endswith("_")]
    for name in public:
        before, after = getattr(generator, name), getattr(loaded, name)
        if isinstance(before, pd.DataFrame):
            pd.testing.assert_frame_equal(before, after)
        elif isinstance(before, np.ndarray):
            np.testing.assert_array_equal(before, after)
        else:
            assert before == after or (before != before and after != after), name  # NaN is NaN


def test_a_fall_back_survives(tmp_path):
    with pytest.warns(FallbackWarning):
        generator = GANGenerator(random_state=0).fit(_rows(10))
    loaded = load_generator(generator.save(tmp_path / "model"))
    assert isinstance(loaded.fallback_, KernelGenerator)
    assert loaded.stop_reason_ == generator.stop_reason_
    pd.testing.assert_frame_equal(loaded.sample(5, random_state=0), generator.sample(5, random_state=0))


def test_a_run_folder_holds_its_model(tmp_path, gmm):
    gmm.save(tmp_path / "run" / "model")
    rows = load_generator(tmp_path / "run").sample(3, random_state=0)
    pd.testing.assert_frame_equal(rows, gmm.sample(3, random_state=0))


def test_the_stream_goes_on_where_it_was(tmp_path, gmm):
    gmm = pickle.loads(pickle.dumps(gmm))
    gmm.sample(7)
    loaded = load_generator(gmm.save(tmp_path / "model"))
    pd.testing.assert_frame_equal(loaded.sample(5), gmm.sample(5))


def test_loading_a_gmm_imports_no_torch(tmp_path, gmm):
    gmm.save(tmp_path / "model")
    code = (
        "import sys, imbgen; imbgen.load_generator(sys.argv[1]).sample(2); "
        "print([name for name in ('torch', 'lightning', 'matplotlib') if name in sys.modules])"
    )
    run = [sys.executable, "-c", code, str(tmp_path / "model")]
    assert subprocess.run(run, capture_output=True, text=True, check=True).stdout.strip() == "[]"


# --- damage -----------------------------------------------------------------------------------------------


def _truncate(folder):
    path = folder / "arrays.safetensors"
    path.write_bytes(path.read_bytes()[:-10])


def _flip_a_bit(folder):
    path = folder / "arrays.safetensors"
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(data)


def _set(*keys, value):
    def change(description):
        for key in keys[:-1]:
            description = description[key]
        description[keys[-1]] = value

    return lambda folder: _edit(folder, change)


def _drop(key):
    return lambda folder: _edit(folder, lambda description: description.pop(key))


DAMAGES = {
    "arrays truncated": (_truncate, "must match its checksum"),
    "arrays altered": (_flip_a_bit, "must match its checksum"),
    "arrays missing": (lambda f: (f / "arrays.safetensors").unlink(), "must hold arrays.safetensors"),
    "arrays empty": (lambda f: (f / "arrays.safetensors").write_bytes(b""), "must match its checksum"),
    "description missing": (lambda f: (f / "model.json").unlink(), r"must hold model\.json"),
    "description truncated": (lambda f: (f / "model.json").write_text('{"format": "imb'), "must be JSON"),
    "description not text": (lambda f: (f / "model.json").write_bytes(b"\xff\xfe\x00"), "must be JSON"),
    "description a list": (lambda f: (f / "model.json").write_text("[1]"), "must have been saved by imbgen"),
    "not ours": (_set("format", value="keras"), "must have been saved by imbgen"),
    "newer": (_set("format_version", value=99), "at most 1, however: .* has format 99.*Upgrade imbgen"),
    "no version": (_drop("format_version"), "has format None"),
    "no checksums": (_drop("checksums"), r"cannot be read"),
    "no state": (_drop("state"), "must be complete"),
    "no generator": (_drop("generator"), "must be complete"),
    "unknown generator": (_set("generator", value="GNNGenerator"), "however: it is 'GNNGenerator'"),
    "code as generator": (_set("generator", value="os.system"), "however: it is 'os.system'"),
    "unknown parameter": (_set("parameters", "speed", value=1), "must be complete"),
    "unknown kind": (_set("schema", "columns", 0, "kind", value="wavy"), "must be complete"),
    "no encoder": (_set("state", "encoder", value=None), "must be complete"),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_damaged_models(tmp_path, gmm, damage):
    folder = gmm.save(tmp_path / "model")
    harm, message = DAMAGES[damage]
    harm(folder)
    with pytest.raises(ModelFileError, match=message) as caught:
        load_generator(folder)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("keys", "value"),
    [
        (("parameters", "d_hidden"), 8),
        (("parameters", "n_folds"), 3),
        (("parameters", "d_hidden"), -1),
        (("state", "encoder", "schema", "columns", 1, "levels"), ["a"]),
        (("state", "encoder", "schema", "columns", 0, "dtype"), "wavy"),
        (("stream_seed",), "x"),
    ],
)
def test_altered_descriptions_of_a_network(tmp_path, gan, keys, value):
    folder = gan.save(tmp_path / "model")
    _set(*keys, value=value)(folder)
    with pytest.raises(ModelFileError) as caught:
        load_generator(folder)
    assert "\n" not in str(caught.value)


def test_nothing_there(tmp_path):
    with pytest.raises(ModelFileError, match="does not exist"):
        load_generator(tmp_path / "nowhere")
    with pytest.raises(ModelFileError, match=r"must hold model\.json"):
        load_generator(tmp_path)


def test_a_pickle_in_the_folder_is_never_opened(tmp_path, gmm):
    class Bomb:
        def __reduce__(self):
            return (pathlib_touch, (str(tmp_path / "exploded"),))

    folder = gmm.save(tmp_path / "model")
    for name in ("model.pkl", "arrays.pt", "generator.joblib"):
        (folder / name).write_bytes(pickle.dumps(Bomb()))
    load_generator(folder).sample(1)
    (folder / "arrays.safetensors").write_bytes(pickle.dumps(Bomb()))
    with pytest.raises(ModelFileError):
        load_generator(folder)
    (folder / "model.json").write_bytes(pickle.dumps(Bomb()))
    with pytest.raises(ModelFileError):
        load_generator(folder)
    assert not (tmp_path / "exploded").exists()


def pathlib_touch(path):
    from pathlib import Path

    Path(path).touch()


# --- writing ----------------------------------------------------------------------------------------------


def test_a_model_is_replaced_as_a_whole(tmp_path, gmm, gan):
    gan.save(tmp_path / "model")
    gmm.save(tmp_path / "model")
    assert isinstance(load_generator(tmp_path / "model"), GMMGenerator)
    assert [path.name for path in tmp_path.iterdir()] == ["model"]


def test_an_empty_folder_may_be_used(tmp_path, gmm):
    (tmp_path / "model").mkdir()
    assert load_generator(gmm.save(tmp_path / "model")).n_rows_ == 40


@pytest.mark.parametrize("kind", ["folder", "file"])
def test_something_else_is_not_replaced(tmp_path, gmm, kind):
    target = tmp_path / "thesis"
    if kind == "folder":
        target.mkdir()
        (target / "chapter.txt").write_text("years of work")
    else:
        target.write_text("years of work")
    with pytest.raises(ModelFileError, match="thesis holds something else"):
        gmm.save(target)
    assert (target / "chapter.txt" if kind == "folder" else target).read_text() == "years of work"
    assert [path.name for path in tmp_path.iterdir()] == ["thesis"]


@pytest.mark.parametrize("model", ['{"keras": 1}', None], ids=["another tool's", "ours"])
def test_files_beside_a_model_are_not_deleted(tmp_path, gmm, model):
    folder = tmp_path / "model"
    if model is None:
        gmm.save(folder)
    else:
        folder.mkdir()
        (folder / "model.json").write_text(model)
    (folder / "chapter.txt").write_text("years of work")
    with pytest.raises(ModelFileError, match="something else"):
        gmm.save(folder)
    assert (folder / "chapter.txt").read_text() == "years of work"


def test_a_link_to_a_model_folder(tmp_path, gmm):
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    load_generator(gmm.save(tmp_path / "link"))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["link", "real"]


@pytest.mark.parametrize("moment", ["_replace_folder", "json.dumps"])
def test_a_failure_half_way_leaves_the_old_model(tmp_path, gmm, monkeypatch, moment):
    gmm.save(tmp_path / "model")
    before = {path.name: path.read_bytes() for path in (tmp_path / "model").iterdir()}

    def fail(*_, **__):
        raise OSError("disk full")

    monkeypatch.setattr(f"imbgen.generators.storage.{moment}", fail)
    with pytest.raises(OSError, match="disk full"):
        gmm.save(tmp_path / "model")
    monkeypatch.undo()
    assert {path.name: path.read_bytes() for path in (tmp_path / "model").iterdir()} == before
    assert [path.name for path in tmp_path.iterdir()] == ["model"]


def test_a_failed_rename_puts_the_old_model_back(tmp_path, gmm, monkeypatch):
    gmm.save(tmp_path / "model")
    rename = storage.Path.replace

    def fail(self, target):
        if target == tmp_path / "model" and "old" not in self.name:
            raise OSError("no")
        return rename(self, target)

    monkeypatch.setattr(storage.Path, "replace", fail)
    with pytest.raises(OSError, match="no"):
        gmm.save(tmp_path / "model")
    monkeypatch.undo()
    assert load_generator(tmp_path / "model").n_rows_ == 40
    assert [path.name for path in tmp_path.iterdir()] == ["model"]


# --- what a model keeps -----------------------------------------------------------------------------------


def test_parameters_come_back_but_for_those_of_a_run(tmp_path):
    generator = GMMGenerator(
        random_state=np.int64(3), covariance_types=("diag",), schema={"x": "ordinal"}, n_components=1
    ).fit(_rows().assign(x=lambda rows: rows["x"].round()))
    parameters = load_generator(generator.save(tmp_path / "model")).get_params()
    assert parameters["random_state"] == 3
    assert list(parameters["covariance_types"]) == ["diag"]
    assert parameters["schema"] == {"x": "ordinal"}
    text = (tmp_path / "model" / "model.json").read_text()
    assert "trainer" not in text
    assert "log_dir" not in text


@pytest.mark.parametrize("table", ["array", "float32 array"])
def test_arrays_are_given_back_by_a_loaded_model(tmp_path, table):
    rows = _rows()[["x"]].to_numpy(dtype="float32" if table == "float32 array" else "float64")
    loaded = load_generator(GMMGenerator(random_state=0).fit(rows).save(tmp_path / "model"))
    new = loaded.sample(3)
    assert isinstance(new, np.ndarray)
    assert new.dtype == rows.dtype


@pytest.mark.parametrize(
    ("labels", "schema"),
    [([3, 5], None), ([("a", 1), ("a", 2)], None), (range(2), {0: "continuous"})],
    ids=["whole numbers", "two levels", "whole numbers in schema"],
)
def test_labels_that_are_not_text(tmp_path, labels, schema):
    rows = pd.DataFrame(np.random.default_rng(0).normal(size=(30, 2)))
    rows.columns = pd.MultiIndex.from_tuples(labels) if isinstance(labels[0], tuple) else labels
    generator = GMMGenerator(random_state=0, schema=schema).fit(rows)
    loaded = load_generator(generator.save(tmp_path / "model"))
    pd.testing.assert_frame_equal(loaded.sample(5, random_state=0), generator.sample(5, random_state=0))
    assert loaded.get_params()["schema"] == schema


@pytest.mark.parametrize("column", ["constant span", "intervals", "dates", "periods"])
def test_whatever_can_be_fitted_can_be_saved(tmp_path, column):
    x = np.random.default_rng(0).normal(size=30)
    values = {
        "constant span": pd.to_timedelta([5] * 30, unit="s"),
        "intervals": pd.cut(x, 3),
        "dates": [pd.Timestamp(2024, 1, 1 + i % 5).date() for i in range(30)],
        "periods": pd.PeriodIndex(["2024-01", "2024-02", "2024-03"] * 10, freq="M"),
    }[column]
    generator = GMMGenerator(random_state=0).fit(pd.DataFrame({"x": x, "odd": values}))
    loaded = load_generator(generator.save(tmp_path / "model"))
    pd.testing.assert_frame_equal(loaded.sample(5, random_state=0), generator.sample(5, random_state=0))


def test_a_generator_that_is_not_fitted_cannot_be_saved(tmp_path):
    with pytest.raises(NotFittedError):
        GMMGenerator().save(tmp_path / "model")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("keys", "value"),
    [
        (("container",), {"kind": "x"}),
        (("stream_seed",), -1),
        (("stream_position",), -1),
        (("parameters", "n_components"), -4),
        (("format_version",), "1"),
        (("format_version",), 0),
    ],
)
def test_altered_descriptions_are_refused_when_loaded(tmp_path, gmm, keys, value):
    folder = gmm.save(tmp_path / "model")
    _set(*keys, value=value)(folder)
    with pytest.raises(ModelFileError):
        load_generator(folder)
