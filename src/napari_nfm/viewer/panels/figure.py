"""The *Figure* dock: a figure for print of any view, previewed and saved."""

from pathlib import Path
from typing import TYPE_CHECKING

from qtpy.QtCore import QSize, Qt, QTimer
from qtpy.QtGui import QGuiApplication, QPixmap, QResizeEvent, QShowEvent
from qtpy.QtWidgets import (
    QCheckBox,
    QFileDialog,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QVBoxLayout,
    QWidget,
)

from napari_nfm.figures.errors import FigureError
from napari_nfm.figures.style import FigureStyle
from napari_nfm.viewer.explorer import explorer_of
from napari_nfm.viewer.figure_plans import FigureKind, FigurePlan, FigurePreview
from napari_nfm.viewer.panels.fields import choice_box, number_box, push_button, text_label

if TYPE_CHECKING:
    from napari.viewer import Viewer

__all__ = ["FigurePanel"]

WIDTH = 440
SHARE_OF_HEIGHT = 0.6
"""The preview is at most so high, as a share of the dock."""
PAUSE_MS = 300
"""The preview waits until nothing has changed for so long."""
KINDS = "PNG picture (*.png);;SVG drawing (*.svg);;PDF document (*.pdf)"
OF_SITES = (FigureKind.STUDY, FigureKind.ACCURACY, FigureKind.CONFUSION)
IN_SPACE = (FigureKind.TRAJECTORIES, FigureKind.MANIFOLD)
MEANINGS = {
    FigureKind.STUDY: "trajectories, manifold, tubularity and accuracy in a row per site",
    FigureKind.TRAJECTORIES: "of the current site",
    FigureKind.MANIFOLD: "of the current site, coloured as in the window, selected units ringed",
    FigureKind.MAPS: "those on screen, at the current frame",
    FigureKind.UNIT: "time courses and tuning of the selected unit",
    FigureKind.RADIUS: "of each bundle of the current site",
    FigureKind.ACCURACY: "over growing and shrinking windows",
    FigureKind.CONFUSION: "which category is taken for which",
    FigureKind.REMOVAL: "what is lost as units are removed, beside random ones",
    FigureKind.CANVAS: "a picture of all that is drawn, with the legend",
}


class FigurePanel(QWidget):
    """A form above, the preview with its caption below.

    Parameters
    ----------
    napari_viewer
        The viewer that the dock is in.
    """

    def __init__(self, napari_viewer: "Viewer") -> None:
        super().__init__()
        self.setObjectName("figure_panel")
        explorer = explorer_of(napari_viewer)
        self._actions, session = explorer.figures, explorer.session
        self._picture = QPixmap()
        self._kind = choice_box(
            "figure_kind",
            "What the figure shows",
            {kind: (kind.value, MEANINGS[kind]) for kind in FigureKind},
        )
        self._projection = choice_box(
            "figure_projection",
            "How three dimensions are put on paper",
            {
                "3-D": ("in space", "seen from one side"),
                "planes": ("three planes", "each pair of components"),
            },
        )
        self._all_sites = QCheckBox("all sites")
        self._all_sites.setObjectName("figure_all_sites")
        self._all_sites.setToolTip("Show all sites, not only the current one")
        default = FigureStyle()
        self._width = number_box(
            "figure_width",
            round(default.width_mm),
            40,
            400,
            "Width in millimetres: 89 is one column of many journals, 180 two",
        )
        self._dpi = number_box("figure_dpi", default.dpi, 50, 1200, "Dots per inch of PNG")
        self._font = number_box(
            "figure_font_size", round(default.font_size), 4, 24, "Size of the text in points"
        )
        self._background = choice_box(
            "figure_background",
            "Colour of the background",
            {"light": ("light", "for paper"), "dark": ("dark", "for slides")},
        )
        self._preview = QLabel()
        self._preview.setObjectName("figure_preview")
        self._preview.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._preview.setWordWrap(True)
        self._preview.setMinimumSize(200, 120)
        self._caption = text_label("figure_caption")
        self._caption.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse
            | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        self._save = push_button(
            "save_figure",
            "Save …",
            "Write the figure as PNG, SVG or PDF, with its caption (.txt) and what it shows (.csv)",
        )
        self._copy = push_button("copy_caption", "Copy caption", "Put the caption on the clipboard")
        self._build()

        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(PAUSE_MS)
        self._pause.timeout.connect(self._ask)
        for box in (self._kind, self._projection, self._background):
            box.currentIndexChanged.connect(self._change)
        for number in (self._width, self._dpi, self._font):
            number.valueChanged.connect(self._change)
        self._all_sites.toggled.connect(self._change)
        self._save.clicked.connect(self._save_as)
        self._copy.clicked.connect(self._copy_caption)
        self._actions.previewed.connect(self._show)
        self._actions.refused.connect(self._refuse)
        for name in ("results", "manifolds", "scores", "accuracies", "removals", "responses"):
            session.events[f"{name}_changed"].connect(self._change)
        for name in ("site", "units", "unit"):
            session.selection.events[f"{name}_changed"].connect(self._change)
        session.look.events.connect(self._change)
        session.selection.events.frame_changed.connect(self._change_maps)
        explorer.maps_shown.connect(self._change_maps)
        self._change()

    @property
    def plan(self) -> FigurePlan:
        """What the form says."""
        kind = self._kind.currentData()
        return FigurePlan(
            kind,
            all_sites=self._all_sites.isChecked() and kind in OF_SITES,
            projection=self._projection.currentData(),
            style=FigureStyle(
                self._width.value(),
                self._dpi.value(),
                self._font.value(),
                self._background.currentData(),
            ),
        )

    def sizeHint(self) -> QSize:
        """Ask for enough width that the preview can be read."""
        return QSize(WIDTH, 700)

    def showEvent(self, event: QShowEvent) -> None:
        """Draw what has changed while nobody looked."""
        super().showEvent(event)
        self._change()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Fit the preview into the dock."""
        super().resizeEvent(event)
        self._fit()

    def save_to(self, path: Path) -> None:
        """Write the figure that the form says to a file."""
        try:
            self._actions.save(self.plan, path)
        except FigureError as error:
            self._refuse(str(error))

    def _build(self) -> None:
        form = QFormLayout()
        form.setContentsMargins(0, 0, 0, 0)
        what = QHBoxLayout()
        what.addWidget(self._kind, 1)
        what.addWidget(self._all_sites)
        what.addWidget(self._projection)
        size = QHBoxLayout()
        for title, box in (("", self._width), ("dpi", self._dpi), ("letters (pt)", self._font)):
            if title:
                size.addWidget(QLabel(title))
            size.addWidget(box)
        size.addStretch(1)
        form.addRow("Figure", what)
        form.addRow("Width (mm)", size)
        form.addRow("Background", self._background)
        buttons = QHBoxLayout()
        buttons.addWidget(self._save)
        buttons.addWidget(self._copy)
        buttons.addStretch(1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(6, 4, 6, 4)
        layout.addLayout(form)
        layout.addWidget(self._preview)
        layout.addWidget(self._caption)
        layout.addLayout(buttons)
        layout.addStretch(1)

    def _change(self) -> None:
        kind = self._kind.currentData()
        self._all_sites.setVisible(kind in OF_SITES)
        self._projection.setVisible(kind in IN_SPACE)
        if self.isVisible():
            self._pause.start()

    def _change_maps(self) -> None:
        if self._kind.currentData() is FigureKind.MAPS:
            self._change()

    def _ask(self) -> None:
        self._actions.preview(self.plan)

    def _show(self, preview: FigurePreview) -> None:
        self._picture = QPixmap()
        self._picture.loadFromData(preview.png, "PNG")
        self._caption.setText(preview.figure.caption)
        self._offer(True)
        self._fit()

    def _refuse(self, sentence: str) -> None:
        self._picture = QPixmap()
        self._preview.setText(sentence)
        self._caption.clear()
        self._offer(False)

    def _offer(self, is_there: bool) -> None:
        self._save.setEnabled(is_there)
        self._copy.setEnabled(is_there)

    def _fit(self) -> None:
        if self._picture.isNull():
            return
        ratio = self.devicePixelRatioF()
        room = QSize(self._caption.width(), round(SHARE_OF_HEIGHT * self.height()))
        fitted = self._picture.scaled(
            room * ratio,
            Qt.AspectRatioMode.KeepAspectRatio,
            Qt.TransformationMode.SmoothTransformation,
        )
        fitted.setDevicePixelRatio(ratio)
        self._preview.setPixmap(fitted)

    def _copy_caption(self) -> None:
        QGuiApplication.clipboard().setText(self._caption.text())

    def _save_as(self) -> None:
        proposed = f"{self.plan.kind.name.lower()}.png"
        path, chosen = QFileDialog.getSaveFileName(self, "Save the figure", proposed, KINDS)
        if path:
            ending = chosen[chosen.rindex("*") + 1 : -1] if "*" in chosen else ".png"
            file = Path(path)
            self.save_to(file if file.suffix else file.with_suffix(ending))
