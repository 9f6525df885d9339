"""Where docks are, as a file says it: what is sound is read, and nothing else is believed."""

import json
import math

import pytest

from napari_nfm.viewer.dock_layout import DockGroup, DockLayout, fit_inside
from napari_nfm.viewer.saved_window import SavedCamera, read_window

LAYOUT = DockLayout(
    window=(1600, 1000),
    areas={
        "right": (
            DockGroup(("Explore", "Tubularity"), "Tubularity", (440, 500)),
            DockGroup(("Factors",), None, (440, 300)),
        )
    },
    floating={"Unit": (-200, 40, 410, 800)},
    pages={"Tubularity": "Sensitivity"},
)


def in_json(layout):
    return json.loads(json.dumps(layout.plain()))


def changed(**parts):
    return {**in_json(LAYOUT), **parts}


def in_right(**parts):
    group = {"tabs": ["Explore"], "front": "Explore", "size": [440, 500], **parts}
    return changed(areas={"right": [group]})


def test_a_layout_comes_back_from_json():
    assert DockLayout.read(in_json(LAYOUT)) == LAYOUT
    assert LAYOUT.docks == ("Explore", "Tubularity", "Factors", "Unit")


@pytest.mark.parametrize(
    "damaged",
    [
        None,
        [],
        {},
        changed(window=[1600]),
        changed(window=[0, 1000]),
        changed(window=[math.nan, 1000]),
        changed(window=[10**400, 1000]),
        changed(window=["1600", True]),
        changed(areas={"middle": []}),
        changed(areas=[1]),
        changed(floating={"Unit": [0, 0, -5, 10]}),
        changed(floating={"Unit": [0.5, 0, 5, 10]}),
        changed(floating={"Unit": {}}),
        changed(floating={"Explore": [0, 0, 300, 300]}),
        changed(pages={"Tubularity": 4}),
        changed(pages={"Tubularity": "a\nb"}),
        in_right(tabs=["Explore", "Explore"]),
        in_right(tabs=[["Explore"]]),
        in_right(tabs=["x" * 10_000]),
        in_right(front="Unit"),
        in_right(size=None),
        json.loads("[" * 300 + "]" * 300),
    ],
)
def test_a_damaged_layout_is_told_and_not_taken(damaged):
    window, missing = read_window({"docks": damaged, "rank": 7})
    assert window == {"rank": 7}
    assert missing == ("the arrangement of docks (damaged in the file)",)


def test_docks_that_are_not_known_are_left_out_and_named():
    floating = {f"Dock {number}": [0, 0, 300, 300] for number in range(5)}
    window, missing = read_window({"docks": in_right(tabs=["Telescope", "Explore"])})
    assert window["docks"].areas["right"][0].tabs == ("Explore",)
    assert missing == ("the dock Telescope (not in this version)",)
    window, missing = read_window({"docks": changed(floating=floating)})
    assert window["docks"].floating == {}
    assert missing == ("the docks Dock 0, Dock 1, Dock 2, 2 more (not in this version)",)


@pytest.mark.parametrize(
    ("place", "expected"),
    [
        ((10, 20, 300, 200), (10, 20, 300, 200)),
        ((-500, -40, 300, 200), (0, 0, 300, 200)),
        ((5000, 700, 300, 200), (1066, 568, 300, 200)),
        ((100, 100, 3000, 2000), (0, 0, 1366, 768)),
    ],
)
def test_nothing_is_ever_off_screen(place, expected):
    assert fit_inside(place, (0, 0, 1366, 768)) == expected


CAMERA = {
    "center": [0.0, 1.0, 2.0],
    "angles": [0.0, 0.0, 90.0],
    "perspective": 0.0,
    "zoom": 1.5,
    "canvas": [800, 600],
}
TUBES = {"preset": "study", "labels": "hdbscan", "n_components": 3, "n_bootstrap": 0, "seed": 5}


def test_a_sound_window_is_read_whole():
    state = {
        "drawn": {"results": "output"},
        "ndisplay": 3,
        "camera": CAMERA,
        "layers": [{"role": "movie", "opacity": 0.5}],
        "tubes": TUBES,
        "hidden bundles": ["a"],
        "receptive field": "average",
        "single instances": True,
        "of a later version": {},
    }
    window, missing = read_window(state)
    assert missing == ()
    assert set(window) == set(state) - {"of a later version"}
    assert window["camera"] == SavedCamera((0, 1, 2), (0, 0, 90), 0, 1.5, (800, 600))
    assert window["tubes"].labels == "hdbscan"


@pytest.mark.parametrize(
    ("name", "value", "title"),
    [
        ("ndisplay", 4, "dimensions of the view"),
        ("camera", {**CAMERA, "zoom": math.inf}, "camera"),
        ("camera", {**CAMERA, "zoom": 0}, "camera"),
        ("camera", {**CAMERA, "canvas": [0, 600]}, "camera"),
        ("camera", {**CAMERA, "angles": [0, 0]}, "camera"),
        ("layers", [{"opacity": 1}], "looks of layers"),
        ("layers", "movie", "looks of layers"),
        ("rank", True, "rank"),
        ("frames per second", 0, "speed of the movie"),
        ("tubes", {**TUBES, "preset": "no such"}, "settings of tubes"),
        ("receptive field", ["gradient"], "kind of receptive field"),
        ("single instances", 1, "single instances"),
    ],
)
def test_each_damaged_part_is_told_by_its_name(name, value, title):
    assert read_window({name: value}) == ({}, (f"the {title} (damaged in the file)",))
