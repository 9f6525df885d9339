"""The *Encoding manifold* dock: which population, its colours and axes, and who is left out."""

from dataclasses import replace
from typing import TYPE_CHECKING

from qtpy.QtCore import QSize, Qt
from qtpy.QtWidgets import (
    QCheckBox,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from napari_nfm.titles import site_title
from napari_nfm.unit_columns import unit_column
from napari_nfm.viewer.docks import open_factors, open_tubularity
from napari_nfm.viewer.explorer import explorer_of
from napari_nfm.viewer.manifold_facts import ManifoldFacts
from napari_nfm.viewer.panels.fields import choice_box, push_button, scrolled, separator
from napari_nfm.viewer.panels.job_bar import JobBar
from napari_nfm.viewer.panels.left_out import LeftOut
from napari_nfm.viewer.panels.selecting import Selecting
from napari_nfm.viewer.panels.stale_note import StaleNote
from napari_nfm.viewer.panels.unit_legend import UnitLegend
from napari_nfm.viewer.worker import Job

if TYPE_CHECKING:
    from napari.viewer import Viewer

__all__ = ["ManifoldPanel"]

COORDINATES = {
    "diffusion map": (
        "Diffusion map",
        "Coordinates of the diffusion map of the neighbourhood graph, by falling eigenvalue λ",
    ),
    "principal components": (
        "Principal coordinates",
        "Principal components of the diffusion coordinates (classical multidimensional scaling)",
    ),
}
AXES = "xyz"
AXIS_TOOLTIP = "Coordinate along {}: its number and, for the diffusion map, its eigenvalue λ"
EMPTY = (
    "No encoding manifold of this population yet. Compute it in the dock <i>Explore</i>, step "
    "<i>Analyse</i>."
)
WIDTH = 380


class ManifoldPanel(QWidget):
    """Drives how the encoding manifold is drawn, and says what it consists of.

    Parameters
    ----------
    napari_viewer
        The viewer that the dock is in.
    """

    def __init__(self, napari_viewer: "Viewer") -> None:
        super().__init__()
        self._viewer = napari_viewer
        self._explorer = explorer = explorer_of(napari_viewer)
        self._look = explorer.session.look
        self._facts: ManifoldFacts | None = None
        self.setObjectName("manifold_panel")
        self._population = choice_box(
            "manifold_population", "Recording site or reference population"
        )
        self._population.activated.connect(self._choose_population)
        self._empty = QLabel(EMPTY)
        self._empty.setObjectName("no_manifold")
        self._empty.setWordWrap(True)
        self._counts = QLabel()
        self._counts.setObjectName("manifold_counts")
        self._counts.setWordWrap(True)
        self._counts.setToolTip(
            "Units on the manifold; clusters by HDBSCAN with the graph's neighbourhoods; edges of "
            "the neighbourhood graph; and the rank of the tensor decomposition"
        )
        self._colour_by = choice_box("colour_by", "Property of the units that colours the points")
        self._colour_by.activated.connect(self._choose_column)
        self.legend = UnitLegend()
        self._coordinates = choice_box(
            "manifold_coordinates", "Which coordinates are drawn", COORDINATES
        )
        self._coordinates.activated.connect(self._choose_coordinates)
        self._axes = [choice_box(f"axis_{axis}", AXIS_TOOLTIP.format(axis)) for axis in AXES]
        axes = QHBoxLayout()
        for axis, box in zip(AXES, self._axes, strict=True):
            box.activated.connect(self._choose_axis)
            box.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
            axes.addWidget(QLabel(axis))
            axes.addWidget(box, 1)
        self._edges = QCheckBox("Edges of the neighbourhood graph")
        self._edges.setObjectName("show_edges")
        self._edges.setToolTip("Draw a line between any two units that are neighbours")
        self._edges.toggled.connect(self._toggle_edges)
        self.selecting = Selecting(explorer)
        self._without = push_button(
            "score_without_selected",
            "Score without the selected units",
            "Tightness, crossing and decoding accuracy of all units, of the selected ones alone, "
            "and of all without them, in the dock Tubularity",
        )
        self._without.clicked.connect(self._score_without)
        self._factors = push_button(
            "open_factors",
            "Show the factors …",
            "Neural loadings, stimulus loadings and response map of every tensor component",
        )
        self._factors.clicked.connect(self._open_factors)
        self.left_out = LeftOut()
        self.left_out.keep_asked.connect(self._keep)
        self._job = JobBar("manifold_encode", done="Computed.", counted=False)

        self._body = QWidget()
        layout = QVBoxLayout(self._body)
        layout.setContentsMargins(0, 0, 0, 0)
        colouring, turning = QFormLayout(), QFormLayout()
        colouring.addRow("Colour by", self._colour_by)
        turning.addRow("Coordinates", self._coordinates)
        turning.addRow(axes)
        layout.addWidget(self._counts)
        layout.addWidget(StaleNote(explorer.session, "manifolds"))
        layout.addLayout(colouring)
        layout.addWidget(self.legend)
        layout.addWidget(separator())
        layout.addLayout(turning)
        layout.addWidget(self._edges)
        layout.addWidget(separator())
        layout.addWidget(self.selecting)
        layout.addWidget(self._without)
        layout.addWidget(self._factors)
        layout.addWidget(separator())
        layout.addWidget(self.left_out)
        self._arrange()

        session = explorer.session
        explorer.jobs.started.connect(self._follow)
        explorer.encoding.manifold_shown.connect(self._show)
        session.events.responses_changed.connect(self._show)
        session.events.manifolds_changed.connect(self._show)
        session.selection.events.site_changed.connect(self._show)
        session.selection.events.units_changed.connect(self._show_selected)
        for name in ("colour_by", "coordinates", "axes", "edges"):
            self._look.events[f"{name}_changed"].connect(self._show_look)
        self._show()

    def _arrange(self) -> None:
        population = QFormLayout()
        population.addRow("Population", self._population)
        listed = QWidget()
        column = QVBoxLayout(listed)
        column.setContentsMargins(8, 6, 8, 6)
        column.addLayout(population)
        column.addWidget(self._empty)
        column.addWidget(self._body)
        column.addWidget(self._job)
        column.addStretch(1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(scrolled(listed))

    def sizeHint(self) -> QSize:
        """Ask for enough width that no control is cramped."""
        return QSize(WIDTH, 700)

    def minimumSizeHint(self) -> QSize:
        """Stay usable on a small screen."""
        return QSize(WIDTH - 20, 300)

    # What a person does

    def _choose_population(self, index: int) -> None:
        site = self._population.itemData(index)
        self._explorer.session.selection.site = site
        if site in self._explorer.session.manifolds:
            self._explorer.encoding.show_manifold(site)

    def _choose_column(self, index: int) -> None:
        self._look.colour_by = self._colour_by.itemData(index)

    def _choose_coordinates(self, index: int) -> None:
        self._look.axes = (0, 1, 2)
        self._look.coordinates = self._coordinates.itemData(index)

    def _choose_axis(self, component: int) -> None:
        axes = list(self._look.axes)
        place = next(i for i, box in enumerate(self._axes) if box is self.sender())
        if component in axes:
            # Two axes change places rather than show the same coordinate.
            axes[axes.index(component)] = axes[place]
        axes[place] = component
        self._look.axes = (axes[0], axes[1], axes[2])

    def _toggle_edges(self, shown: bool) -> None:
        self._look.edges = shown

    def _score_without(self) -> None:
        open_tubularity(self._viewer).score_without_selected()

    def _open_factors(self) -> None:
        open_factors(self._viewer)

    def _keep(self, units: tuple[int, ...]) -> None:
        if self._facts is not None:
            self._explorer.encoding.compute_manifold(
                self._population.currentData(), replace(self._facts.settings, keep=units)
            )

    # What is shown

    def _follow(self, purpose: str, job: Job) -> None:
        if purpose == "encode":
            self._job.watch(job)

    def _show(self) -> None:
        session = self._explorer.session
        sites = list(dict.fromkeys((*session.responses, *session.manifolds)))
        self._population.clear()
        for site in sites:
            missing = "" if site in session.manifolds else " (not computed)"
            self._population.addItem(f"{site_title(site)}{missing}", site)
        self._population.setCurrentIndex(max(0, self._population.findData(session.selection.site)))
        self._population.setEnabled(bool(sites))
        site = self._population.currentData() or ""
        manifold = session.manifolds.get(site)
        self._facts = facts = (
            None if manifold is None else ManifoldFacts(manifold, session.responses.get(site))
        )
        self._body.setVisible(facts is not None)
        self._empty.setVisible(facts is None)
        if facts is not None:
            self._counts.setText(facts.counts)
            self._show_columns(facts)
            self.left_out.show_units(facts.left_out)
            self._show_look()
            self._show_selected()

    def _show_selected(self) -> None:
        self._without.setEnabled(bool(self._explorer.session.selection.units))

    def _show_columns(self, facts: ManifoldFacts) -> None:
        self._colour_by.clear()
        for name, title in facts.columns.items():
            self._colour_by.addItem(title, name)
            self._colour_by.setItemData(
                self._colour_by.count() - 1, unit_column(name).meaning, Qt.ItemDataRole.ToolTipRole
            )

    def _show_look(self) -> None:
        facts = self._facts
        if facts is None:
            return
        self._colour_by.setCurrentIndex(self._colour_by.findData(self._look.colour_by))
        self.legend.show_legend(facts.legend(self._look.colour_by))
        self._coordinates.setCurrentIndex(self._coordinates.findData(self._look.coordinates))
        titles = facts.axis_titles(self._look.coordinates)
        for box, component in zip(self._axes, self._look.axes, strict=True):
            box.clear()
            box.addItems(titles)
            box.setCurrentIndex(component)
        self._edges.setChecked(self._look.edges)
