from __future__ import annotations

import pytest

from imbgen.plots._style import ROLE_COLOURS, colours, compact, many_colours, plain


def test_roles_keep_their_colours_in_any_order():
    assert colours(["refined", "real"]) == {"refined": ROLE_COLOURS["refined"], "real": ROLE_COLOURS["real"]}


def test_colours_stay_distinct_for_seven_names():
    names = ["train", "GAN", "synthetic", "VAE", "GMM", "SMOTE", "presample"]
    palette = colours(names)
    assert list(palette) == names
    assert palette["train"] == ROLE_COLOURS["real"]
    assert len(set(palette.values())) == 7


def test_colours_do_not_run_out():
    assert len(colours([str(place) for place in range(20)])) == 20


@pytest.mark.parametrize("text", ["x" * 100, "two\nlines", "a $ b $ c"])
def test_plain_is_short_and_on_one_line(text):
    assert len(plain(text, 12).replace("\\", "")) <= 12
    assert "\n" not in plain(text)


def test_compact_keeps_small_numbers():
    assert [compact(value) for value in (0.0, 9999.0, -2500000.0)] == ["0", "9999", "-2.5M"]


def test_ten_classes_have_ten_colours():
    assert len(set(many_colours(10))) == 10
    assert many_colours(11)[10] == many_colours(1)[0]
