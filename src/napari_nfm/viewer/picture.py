"""The canvas as a picture with its legend, for people who see it outside of the window."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from qtpy.QtCore import QPointF, QRectF, Qt
from qtpy.QtGui import QColor, QFont, QFontMetrics, QImage, QPainter

from napari_nfm.palette import category_looks
from napari_nfm.viewer.markers import draw_marker

__all__ = ["save_picture", "with_legend"]

FONT_PIXELS = 15
LINE = 24
MARGIN = 18


def save_picture(
    viewer: Any, path: str | Path, categories: Sequence[str], titles: Sequence[str]
) -> None:
    """Save what the canvas shows, with the legend of stimulus categories beside it.

    Parameters
    ----------
    viewer
        The napari viewer.
    path
        The ``.png`` file to write.
    categories, titles
        Names and titles of the stimulus categories.

    Raises
    ------
    OSError
        The file cannot be written.
    """
    canvas = viewer.screenshot(canvas_only=True, flash=False)
    if not with_legend(canvas, categories, titles).save(str(path)):
        raise OSError(f"The picture {path} cannot be written; choose another folder.")


def with_legend(
    canvas: npt.NDArray[np.uint8], categories: Sequence[str], titles: Sequence[str]
) -> QImage:
    """Put the legend to the right of a picture ``(y, x, RGBA)``, on the picture's background."""
    height, width = canvas.shape[:2]
    pixels = np.ascontiguousarray(canvas)
    shown = QImage(pixels.data, width, height, 4 * width, QImage.Format.Format_RGBA8888)
    font = QFont()
    font.setPixelSize(FONT_PIXELS)
    measure = QFontMetrics(font)
    text_width = max((measure.horizontalAdvance(title) for title in titles), default=0)
    strip = LINE + text_width + 2 * MARGIN if titles else 0
    background = QColor(*(int(value) for value in canvas[0, 0, :3]))
    whole = QImage(width + strip, height, QImage.Format.Format_RGB32)
    whole.fill(background)
    painter = QPainter(whole)
    painter.drawImage(0, 0, shown)
    painter.setFont(font)
    top = (height - LINE * len(titles)) / 2
    for index, look in enumerate(category_looks(categories)):
        middle = top + LINE * (index + 0.5)
        draw_marker(painter, look, QPointF(width + MARGIN, middle), FONT_PIXELS)
        painter.setPen(QColor("#202020" if background.lightness() > 127 else "#e0e0e0"))
        place = QRectF(width + MARGIN + LINE - 6, middle - LINE / 2, text_width + MARGIN, LINE)
        painter.drawText(place, Qt.AlignmentFlag.AlignVCenter, titles[index])
    painter.end()
    return whole
