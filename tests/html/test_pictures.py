from __future__ import annotations

import base64
import warnings
from xml.etree import ElementTree as ET

import numpy as np
import pytest
from matplotlib.figure import Figure

from imbgen.html.pictures import picture_uri


def lines(title="plain"):
    figure = Figure(figsize=(2, 2))
    figure.add_subplot(title=title, xticks=[], yticks=[]).plot([0, 1], clip_on=True)
    return figure


def cloud():
    figure = Figure(figsize=(3, 3))
    figure.add_subplot().scatter(*np.random.default_rng(0).normal(size=(2, 5000)), s=2)
    return figure


def heat_map():
    figure = Figure(figsize=(3, 3))
    figure.add_subplot().imshow(np.random.default_rng(0).normal(size=(3, 3)))
    return figure


def decode(uri):
    head, _, data = uri.partition(";base64,")
    return head, base64.b64decode(data)


def test_svg_stays_where_pixels_would_be_shorter_but_it_is_not_heavy():
    figure = Figure(figsize=(2, 1))
    assert decode(picture_uri(figure))[0] == "data:image/svg+xml"


def test_few_lines_are_svg_and_many_points_png():
    head, data = decode(picture_uri(lines("")))
    assert head == "data:image/svg+xml"
    assert ET.fromstring(data).tag.endswith("svg")
    head, data = decode(picture_uri(cloud()))
    assert head == "data:image/png"
    assert data.startswith(b"\x89PNG")


@pytest.mark.parametrize("draw", [lines, cloud, heat_map])
def test_equal_figures_give_equal_text(draw):
    assert picture_uri(draw()) == picture_uri(draw())


def test_names_of_parts_still_refer_to_each_other(monkeypatch):
    monkeypatch.setattr("imbgen.html.pictures._png", lambda _: b"x" * 10**7)
    _, data = decode(picture_uri(lines()))
    root = ET.fromstring(data)
    names = [element.get("id") for element in root.iter() if element.get("id")]
    assert len(names) == len(set(names))
    links = {value for element in root.iter() for key, value in element.items() if key.endswith("href")}
    clips = {element.get("clip-path") for element in root.iter()} - {None}
    assert links
    assert clips
    assert {link.removeprefix("#") for link in links} <= set(names)
    assert {clip.removeprefix("url(#").removesuffix(")") for clip in clips} <= set(names)


@pytest.mark.parametrize("title", ["\x1b[31m", "a\x00b", "--> <script>", "表"])
def test_odd_titles_leave_valid_svg_and_no_warning(title, monkeypatch):
    monkeypatch.setattr("imbgen.html.pictures._png", lambda _: b"x" * 10**7)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        _, data = decode(picture_uri(lines(title)))
    assert ET.fromstring(data).tag.endswith("svg")
