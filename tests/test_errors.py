from __future__ import annotations

import warnings

import pytest

from imbgen import errors


@pytest.mark.parametrize(
    ("error", "builtin"),
    [
        (errors.DataError, ValueError),
        (errors.ParameterError, ValueError),
        (errors.ConfigError, ValueError),
        (errors.TableFileError, OSError),
        (errors.ModelFileError, OSError),
    ],
)
def test_each_error_is_also_the_builtin_people_catch(error, builtin):
    assert issubclass(error, errors.ImbgenError)
    with pytest.raises(builtin, match="a rule"):
        raise error("a rule, a fact, a remedy")


def test_fallback_warning_can_be_matched():
    with pytest.warns(errors.FallbackWarning):
        warnings.warn("a simpler generator was used", errors.FallbackWarning, stacklevel=1)


def test_all_lists_every_public_name():
    public = {
        name for name, value in vars(errors).items() if getattr(value, "__module__", "") == errors.__name__
    }
    assert set(errors.__all__) == public


@pytest.mark.parametrize(
    ("name", "choices", "hint"),
    [
        ("targt", ["age", "target"], " Did you mean 'target'?"),
        ("TARGET", ["age", "target"], " Did you mean 'target'?"),
        ("target", ["Age", "Target"], " Did you mean 'Target'?"),
        ("xyz", ["age", "target"], ""),
        ("age", [], ""),
        (11, [1, 10, 110], " Did you mean 110?"),
        ("gmm", ["GANGenerator", "GMMGenerator"], " Did you mean 'GMMGenerator'?"),
        ("GM", ["GANGenerator", "GMMGenerator"], ""),
    ],
)
def test_did_you_mean(name, choices, hint):
    assert errors.did_you_mean(name, choices) == hint


def test_a_warning_points_at_the_users_line():
    """Between them lie calls of ours, and of the libraries that call us."""
    inner = {"__name__": "imbgen.somewhere", "warn_caller": errors.warn_caller}
    exec("def ours():\n    warn_caller('so it is', UserWarning)", inner)
    outer = {"__name__": "sklearn.pipeline", "ours": inner["ours"]}
    exec("def theirs():\n    ours()", outer)
    with pytest.warns(UserWarning, match="so it is") as caught:
        outer["theirs"]()
    assert caught[0].filename == __file__
