import numpy as np
import pytest
from matplotlib.colors import to_hex

from napari_nfm.palette import _ENSEMBLE, category_looks, difference_colours, scale_colours
from napari_nfm.viewer.panels.plots import CURVE, MARK, SELECTED
from napari_nfm.viewer.unit_looks import MOST_PINNED, unit_looks

# Machado, Oliveira, Fernandes 2009, severity 1.0, on linear RGB.
VISION = {
    "normal": np.eye(3),
    "protanopia": [
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ],
    "deuteranopia": [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
    ],
    "tritanopia": [
        [1.255528, -0.076749, -0.178779],
        [-0.078411, 0.930809, 0.147602],
        [0.004733, 0.691367, 0.303900],
    ],
}


def seen_with(vision, hexes):
    """Return CIELAB of colours as eyes with this vision see them."""
    from skimage.color import rgb2lab

    rgb = np.array([[int(h[i : i + 2], 16) / 255 for i in (1, 3, 5)] for h in hexes])
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    linear = np.clip(linear @ np.transpose(VISION[vision]), 0, 1)
    seen = np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)
    return rgb2lab(seen[np.newaxis])[0]


# Where one colour is all that tells things apart: category, line of a plot, unit.
SETS = {
    "stimuli of the study": [look.colour for look in category_looks(list(_ENSEMBLE))],
    "other stimuli": [look.colour for look in category_looks([str(i) for i in range(7)])],
    "lines of plots": [CURVE, SELECTED, MARK],
    "units": [look.colour for look in unit_looks(0, range(1, 1 + MOST_PINNED)).values()],
}


@pytest.mark.parametrize("vision", VISION)
@pytest.mark.parametrize("name", SETS)
def test_colours_stay_apart(vision, name):
    from skimage.color import deltaE_ciede2000

    lab = seen_with(vision, SETS[name])
    apart = deltaE_ciede2000(lab[:, np.newaxis], lab[np.newaxis])
    assert apart[~np.eye(len(lab), dtype=bool)].min() > 7


def test_units_are_told_apart_without_colour():
    dashes = [look.dashes for look in unit_looks(0, range(1, 1 + MOST_PINNED)).values()]
    assert len(set(dashes)) == 1 + MOST_PINNED


@pytest.mark.parametrize("vision", VISION)
def test_activity_grows_lighter_and_differences_fade_to_the_middle(vision):
    shares = np.linspace(0, 1, 33)
    lightness = seen_with(vision, [to_hex(colour) for colour in scale_colours(shares)])[:, 0]
    assert (np.diff(lightness) > 0).all()
    signed = seen_with(vision, [to_hex(c) for c in difference_colours(np.linspace(-1, 1, 33))])
    assert (np.diff(signed[:17, 0]) > 0).all()
    assert (np.diff(signed[16:, 0]) < 0).all()
    below, above = signed[0], signed[-1]
    assert np.linalg.norm(below - above) > 20


def test_markers_tell_gratings_dots_and_triplets_apart():
    symbols = {name[:4]: look.symbol for name, look in _ENSEMBLE.items()}
    assert len({symbols["grat"], symbols["neg1"], symbols["neg3"]}) == 3
    assert symbols["neg1"] == symbols["pos1"]


def test_other_categories_get_colours_in_turn_and_the_study_keeps_its_own():
    looks = category_looks(["clip", "grat_W1", "noise"])
    assert looks[1] == _ENSEMBLE["grat_W1"]
    assert looks[0] != looks[2]
    assert len(category_looks([f"movie {i}" for i in range(9)])) == 9
