"""What a person can do about figures for print: preview and save."""

import io
import weakref
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from napari.utils.notifications import show_info
from qtpy.QtCore import QObject, Signal

from napari_nfm.figures import CaptionedFigure, FigureError, canvas_figure
from napari_nfm.figures.style import MM_PER_INCH, FigureStyle
from napari_nfm.jobs import Progress, ShouldStop, check_stop, report
from napari_nfm.session import Session
from napari_nfm.viewer import convert_maps
from napari_nfm.viewer.figure_data import FigureSource, MapsOnScreen, drawing_of
from napari_nfm.viewer.figure_plans import FigureKind, FigurePlan, FigurePreview
from napari_nfm.viewer.layers import World
from napari_nfm.viewer.roles import Role
from napari_nfm.viewer.running import Jobs

__all__ = ["FigureActions"]

PREVIEW_DPI = 110
MOST_PIXELS = 6000
"""Width of the largest picture that is asked of the canvas."""


class FigureActions(QObject):
    """The actions of one viewer on figures for print; jobs ``preview``, and ``figure PATH``.

    Parameters
    ----------
    viewer
        The napari viewer; not kept alive.
    session
        What is computed and selected.
    world
        What is drawn.
    jobs
        Who runs what takes long.
    parent
        Object that owns these actions.
    """

    previewed = Signal(object)
    """The `FigurePreview` that was asked for."""
    refused = Signal(str)
    """Why there is no preview, in a sentence."""
    saved = Signal(object)
    """The files that were written, a tuple of `Path`, the figure first."""

    def __init__(
        self, viewer: Any, session: Session, world: World, jobs: Jobs, parent: QObject
    ) -> None:
        super().__init__(parent)
        self._viewer = weakref.proxy(viewer)
        self._session = session
        self._world = world
        self._jobs = jobs

    def preview(self, plan: FigurePlan) -> None:
        """Draw the figure in few dots; `previewed` or `refused` tells."""
        dots = min(plan.style.dpi, PREVIEW_DPI)
        few_dots = replace(plan, style=replace(plan.style, dpi=dots))
        self._jobs.abandon("preview")
        try:
            draw = self._drawing(few_dots)
        except FigureError as error:
            self.refused.emit(str(error))
            return
        self._jobs.start("preview", self.previewed.emit, _preview, draw)

    def save(self, plan: FigurePlan, path: Path) -> None:
        """Draw the figure and write it with caption and tables; `saved` tells.

        Raises
        ------
        FigureError
            What it would show is not there.
        """
        self._jobs.start(f"figure {path}", self._tell, _draw_and_save, self._drawing(plan), path)

    def _drawing(self, plan: FigurePlan) -> Callable[[], CaptionedFigure]:
        if plan.kind is FigureKind.CANVAS:
            return self._canvas(plan.style)
        return drawing_of(plan, FigureSource(self._session.snapshot(), self._maps()))

    def _maps(self) -> MapsOnScreen | None:
        layer, shown = self._world.find(Role.MAPS), self._world.movie_and_maps.maps_shown
        if layer is None or shown is None:
            return None
        return MapsOnScreen(convert_maps.montage_to_maps(layer.data, shown.montage), shown)

    def _canvas(self, style: FigureStyle) -> Callable[[], CaptionedFigure]:
        """Take the picture now, in the window's thread; draw the figure around it later."""
        visible = [layer.name for layer in self._viewer.layers if layer.visible]
        if not visible:
            raise FigureError("Nothing is on the canvas", "show a layer first")
        picture = self._picture(style)
        shown = self._world.trajectories.shown
        categories = () if shown is None else tuple(map(str, shown.curves["category"].values))
        caption = (
            f"Canvas with the layers {', '.join(visible)}; frame "
            f"{self._session.selection.frame} of the stimulus."
        )
        return partial(canvas_figure, picture, categories, caption=caption, style=style)

    def _picture(self, style: FigureStyle) -> npt.NDArray[np.uint8]:
        """Return what is drawn, as wide as the figure has dots.

        In two dimensions all of it; in three as it is seen, as napari's export cuts texts there.
        """
        wanted = min(style.width_mm / MM_PER_INCH * style.dpi, MOST_PIXELS)
        if self._viewer.dims.ndisplay == 2:
            once = self._viewer.export_figure(flash=False)
            return self._viewer.export_figure(scale_factor=wanted / once.shape[1], flash=False)
        scale = wanted / self._viewer.screenshot(canvas_only=True, flash=False).shape[1]
        camera, text_size = self._viewer.scene.camera, self._world.text_size
        zoom = camera.zoom
        # A larger canvas alone shows more of the world, not more of what is seen.
        camera.zoom = zoom * scale
        self._world.set_text_size(max(1, round(text_size * scale)))
        try:
            return self._viewer.screenshot(scale=scale, canvas_only=True, flash=False)
        finally:
            camera.zoom = zoom
            self._world.set_text_size(text_size)

    def _tell(self, written: tuple[Path, ...]) -> None:
        show_info(f"Saved {written[0]} with its caption and {len(written) - 2} tables")
        self.saved.emit(written)


def _preview(
    draw: Callable[[], CaptionedFigure],
    *,
    progress: Progress | None = None,
    should_stop: ShouldStop | None = None,
) -> FigurePreview:
    report(progress, 0, 0, "Drawing the figure")
    figure = draw()
    check_stop(should_stop)
    png = io.BytesIO()
    figure.figure.savefig(png, format="png")
    return FigurePreview(figure, png.getvalue())


def _draw_and_save(
    draw: Callable[[], CaptionedFigure],
    path: Path,
    *,
    progress: Progress | None = None,
    should_stop: ShouldStop | None = None,
) -> tuple[Path, ...]:
    report(progress, 0, 0, "Drawing the figure")
    figure = draw()
    check_stop(should_stop)
    report(progress, 0, 0, f"Saving {path.name}")
    return figure.save(path)
