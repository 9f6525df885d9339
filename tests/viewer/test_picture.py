import numpy as np
import pytest
from qtpy.QtGui import QColor

from napari_nfm.palette import category_looks
from napari_nfm.viewer.picture import save_picture, with_legend

CATEGORIES = ("grat_W12", "pos1dotflow_D2_bg")


def canvas(grey):
    return np.full((200, 300, 4), (grey, grey, grey, 255), np.uint8)


@pytest.mark.parametrize("grey", [0, 255])
def test_the_legend_stands_beside_the_picture_on_its_background(qapp, grey):  # noqa: ARG001
    image = with_legend(canvas(grey), CATEGORIES, ("Grating", "Bright dots"))
    assert image.height() == 200
    assert image.width() > 300
    assert image.pixelColor(image.width() - 1, 0) == QColor(grey, grey, grey)
    colours = {image.pixelColor(x, y).name() for x in range(300, image.width()) for y in range(200)}
    for look in category_looks(CATEGORIES):
        assert look.colour.lower() in colours
    # The titles are readable: something in the strip is far from the background.
    assert max(abs(QColor(name).lightness() - grey) for name in colours) > 150


def test_without_categories_the_picture_is_as_it_was(qapp):  # noqa: ARG001
    assert with_legend(canvas(0), (), ()).width() == 300


def test_a_picture_that_cannot_be_written_is_said(recorded, viewer, tmp_path):
    recorded.save_picture(tmp_path / "picture.png")
    assert (tmp_path / "picture.png").stat().st_size > 1000
    with pytest.raises(OSError, match="cannot be written"):
        save_picture(viewer, tmp_path / "nowhere" / "picture.png", *recorded.categories)
