"""The *Explore* dock: four steps from a model to its analysis. This file only wires."""

from importlib.metadata import metadata
from pathlib import Path
from typing import TYPE_CHECKING

from qtpy.QtCore import QSize, QUrl
from qtpy.QtGui import QDesktopServices, QDragEnterEvent, QDropEvent, QShowEvent
from qtpy.QtWidgets import QLabel, QVBoxLayout, QWidget

from napari_nfm.stimuli import StimulusSource
from napari_nfm.viewer.dock_placing import DockPlacing
from napari_nfm.viewer.docks import (
    open_compare,
    open_help,
    open_legend,
    open_manifold,
    open_rank,
    open_shortcuts,
    open_tubularity,
    open_unit,
)
from napari_nfm.viewer.explorer import explorer_of
from napari_nfm.viewer.opening import open_path
from napari_nfm.viewer.panels.analyse import AnalysePanel
from napari_nfm.viewer.panels.fields import scrolled
from napari_nfm.viewer.panels.guide import GuidePanel
from napari_nfm.viewer.panels.model import ModelPanel
from napari_nfm.viewer.panels.record import RecordPanel
from napari_nfm.viewer.panels.session_bar import SessionBar
from napari_nfm.viewer.panels.step import Step
from napari_nfm.viewer.panels.stimuli import StimuliPanel
from napari_nfm.viewer.panels.transport import Transport
from napari_nfm.viewer.preferences import keep_first_steps, preferences
from napari_nfm.viewer.scene import sequence_title

if TYPE_CHECKING:
    from napari.viewer import Viewer

__all__ = ["ExplorePanel"]

HEADER = """\
<p style="margin:0"><b style="font-size:13pt">Neural Foundation Model</b></p>
<p style="margin:2px 0">Play stimuli to a digital twin of mouse visual cortex, record any layer,
and see its population's trajectories and its encoding manifold.</p>
<p style="margin:0">{links}</p>
"""
TUTORIAL, KEYS = "#tutorial", "#keys"
"""Links that open docks."""
LINKS = {
    "Tutorial": TUTORIAL,
    "Keys": KEYS,
    "Model (Wang et al. 2025)": "https://doi.org/10.1038/s41586-025-08829-y",
    "Study (Bertram et al. 2026)": "https://arxiv.org/abs/2601.21508",
}
LINK_COLOUR = {False: "#7fbfff", True: "#0b5cad"}
"""By whether the theme is light."""
WIDTH = 410


class ExplorePanel(QWidget):
    """Model, Stimuli, Record, Analyse: each opens as it becomes possible.

    Parameters
    ----------
    napari_viewer
        The viewer that the dock is in.
    """

    def __init__(self, napari_viewer: "Viewer") -> None:
        super().__init__()
        self.setObjectName("explore_panel")
        self.setAcceptDrops(True)
        self.explorer = explorer_of(napari_viewer)
        self._viewer = napari_viewer
        self._placing = DockPlacing(napari_viewer, self)
        self._header = QLabel()
        self._header.setObjectName("header")
        self._header.setWordWrap(True)
        self._header.linkActivated.connect(self._follow_link)
        self._header.setContentsMargins(8, 6, 8, 4)
        self._colour_links()
        napari_viewer.events.theme.connect(self._colour_links)

        self.guide = GuidePanel(self.explorer.session)
        self.guide.asked.connect(self._take_first_step)
        self.guide.closed.connect(self._hide_guide)
        if not preferences().first_steps:
            self.guide.hide()

        self.model = ModelPanel(self.explorer)
        self.stimuli = StimuliPanel(self.explorer)
        self.recorder = RecordPanel(self.explorer)
        self.analysis = AnalysePanel(self.explorer)
        self.steps = {
            "model": Step(1, "Model", self.model),
            "stimuli": Step(2, "Stimuli", self.stimuli),
            "record": Step(3, "Record", self.recorder),
            "analyse": Step(4, "Analyse", self.analysis),
        }
        listed = QWidget()
        column = QVBoxLayout(listed)
        column.setContentsMargins(2, 0, 2, 0)
        column.setSpacing(3)
        for step in self.steps.values():
            column.addWidget(step)
        column.addStretch(1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2)
        layout.addWidget(self._header)
        layout.addWidget(SessionBar(self.explorer))
        layout.addWidget(self.guide)
        layout.addWidget(scrolled(listed), 1)
        layout.addWidget(Transport(self.explorer))

        self.steps["model"].set_open(True)
        session = self.explorer.session
        session.events.twin_changed.connect(self._twin_changed)
        session.events.stimuli_changed.connect(self._stimuli_changed)
        session.events.responses_changed.connect(self._responses_changed)
        session.sequence_changed.connect(self._sum_up)
        session.events.manifolds_changed.connect(self._sum_up)
        self.explorer.encoding.manifold_shown.connect(self._manifold_shown)
        self.analysis.encoding.rank_asked.connect(self._choose_rank)
        self.analysis.tubularity_asked.connect(self._show_tubularity)
        self.analysis.comparison_asked.connect(self._show_comparison)
        self._sum_up()

    def sizeHint(self) -> QSize:
        """Ask for enough width that no control is cramped."""
        return QSize(WIDTH, 800)

    def minimumSizeHint(self) -> QSize:
        """Stay usable on a small screen."""
        return QSize(WIDTH - 30, 400)

    @property
    def page(self) -> str:
        """Name of the first step that is open, or nothing."""
        return next((name for name, step in self.steps.items() if step.is_open), "")

    @page.setter
    def page(self, name: str) -> None:
        if not name or name in self.steps:
            self._go_to(name)

    def showEvent(self, event: QShowEvent) -> None:
        """Once in a window, stop jobs when it closes, and place docks that come to it."""
        self.explorer.closing.watch(self.window())
        self._placing.watch(self.window())
        super().showEvent(event)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Accept one local path."""
        if len(event.mimeData().urls()) == 1 and event.mimeData().urls()[0].isLocalFile():
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """Open what was dropped."""
        open_path(self.explorer, Path(event.mimeData().urls()[0].toLocalFile()))
        event.acceptProposedAction()

    def _colour_links(self) -> None:
        colour = LINK_COLOUR[self._viewer.theme == "light"]
        links = " · ".join(
            f'<a href="{address}" style="color:{colour}">{title}</a>'
            for title, address in {**_documentation(), **LINKS}.items()
        )
        self._header.setText(HEADER.format(links=links))

    def _follow_link(self, address: str) -> None:
        if address == TUTORIAL:
            open_help(self._viewer)
        elif address == KEYS:
            open_shortcuts(self._viewer)
        else:
            QDesktopServices.openUrl(QUrl(address))

    # What the first steps lead to

    def _take_first_step(self, name: str) -> None:
        if name == "try":
            self.explorer.try_it()
        elif name == "stimuli":
            self.explorer.use_stimuli(StimulusSource("drawn"))
        elif name == "record":
            self._go_to("record")
        elif name == "encode":
            self._go_to("analyse")
        elif name == "select":
            open_unit(self._viewer)
        elif name == "score":
            open_tubularity(self._viewer)

    def _hide_guide(self) -> None:
        self.guide.hide()
        keep_first_steps(False)

    # A step that is done makes place for the next one.

    def _twin_changed(self) -> None:
        self._sum_up()
        if self.steps["model"].is_open:
            self._go_to("stimuli")

    def _stimuli_changed(self) -> None:
        self._sum_up()

    def _responses_changed(self) -> None:
        self._sum_up()
        if self.explorer.session.responses:
            self._go_to("analyse")
            open_legend(self._viewer)

    def _manifold_shown(self) -> None:
        open_manifold(self._viewer)

    def _choose_rank(self) -> None:
        open_rank(self._viewer)

    def _show_tubularity(self) -> None:
        open_tubularity(self._viewer)

    def _show_comparison(self) -> None:
        open_compare(self._viewer)

    def _go_to(self, name: str) -> None:
        for other, step in self.steps.items():
            step.set_open(other == name)

    def _sum_up(self) -> None:
        session = self.explorer.session
        twin, stimuli = session.twin, session.stimuli
        if twin is not None:
            self.steps["model"].set_summary(f"{twin.name} · {len(twin.units):,} units")
        if stimuli is not None:
            self.steps["stimuli"].set_summary(", ".join(filter(None, sequence_title(session))))
        missing = []
        if twin is None:
            missing.append("a model")
        if stimuli is None:
            missing.append("stimuli")
        record = self.steps["record"]
        record.set_possible(not missing, f"Needs {' and '.join(missing)} first.")
        if not missing:
            record.set_summary("")
        if session.responses:
            n_populations, n_manifolds = len(session.responses), len(session.manifolds)
            parts = [f"{n_populations} population{'' if n_populations == 1 else 's'}"]
            if n_manifolds:
                parts.append(f"{n_manifolds} encoding manifold{'' if n_manifolds == 1 else 's'}")
            self.steps["analyse"].set_summary(" · ".join(parts))


def _documentation() -> dict[str, str]:
    """Return the address of the documentation as the installed package states it, if it does."""
    for entry in metadata("napari-nfm").get_all("Project-URL") or []:
        title, _, address = entry.partition(", ")
        if title == "Documentation":
            return {title: address}
    return {}
