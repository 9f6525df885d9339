"""A unit's receptive field in the dock *Unit*: its kind, its picture, and whether on the movie."""

from qtpy.QtWidgets import QCheckBox, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from napari_nfm.viewer.explorer import Explorer
from napari_nfm.viewer.field_data import FIELD_KINDS
from napari_nfm.viewer.panels.field_plot import FieldPlot
from napari_nfm.viewer.panels.fields import choice_box, push_button, text_label
from napari_nfm.viewer.panels.job_bar import JobBar
from napari_nfm.viewer.panels.plots import PlotColours
from napari_nfm.viewer.shortcuts import explain
from napari_nfm.viewer.worker import Job

__all__ = ["UnitFieldSection"]


class UnitFieldSection(QWidget):
    """The receptive field of the unit that is looked at.

    Parameters
    ----------
    explorer
        Whose actions are called.
    """

    def __init__(self, explorer: Explorer) -> None:
        super().__init__()
        self.setObjectName("unit_field")
        self._fields = explorer.units.fields
        self._kind = choice_box("field_kind", "How the receptive field is found", FIELD_KINDS)
        self._kind.currentIndexChanged.connect(self._choose_kind)
        self._on_movie = QCheckBox("On the movie")
        self._on_movie.setObjectName("field_on_movie")
        explain(self._on_movie, "field_on_movie")
        self._on_movie.setChecked(self._fields.on_movie)
        self._on_movie.toggled.connect(self._show_on_movie)
        self._message = text_label("field_message")
        self._compute = push_button(
            "compute_field", "Compute", "Compute the receptive field; it takes a while here"
        )
        self._compute.clicked.connect(self._start)
        self._plot = FieldPlot("field_plot")
        self._job = JobBar("field", done="Computed.", counted=False)
        row = QHBoxLayout()
        row.addWidget(QLabel("<b>Receptive field</b>"))
        row.addWidget(self._kind, 1)
        row.addWidget(self._on_movie)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(3)
        column.addLayout(row)
        column.addWidget(self._plot)
        column.addWidget(self._message)
        column.addWidget(self._compute)
        column.addWidget(self._job)
        explorer.jobs.started.connect(self._follow)

    def show_field(self) -> None:
        """Show the receptive field, or why there is none."""
        field, why_not = self._fields.current, self._fields.why_not
        self._kind.setCurrentIndex(self._kind.findData(self._fields.kind))
        self._on_movie.setChecked(self._fields.on_movie)
        self._plot.setVisible(field is not None and not field.remark)
        self._compute.setVisible(field is None and not why_not)
        if field is None:
            self._message.setText(why_not)
        elif field.remark:
            self._message.setText(field.remark)
        else:
            self._plot.show_field(field)
            facts = field.facts
            self._message.setText(
                f"centre x {facts['centre_x']:.0f}, y {facts['centre_y']:.0f} · width "
                f"{facts['width']:.0f} pixels · strongest {int(facts['peak_lag'])} frames before"
            )
        self._message.setVisible(bool(self._message.text()))

    def set_colours(self, colours: PlotColours) -> None:
        """Use the colours of a theme."""
        self._plot.set_colours(colours)

    def _choose_kind(self) -> None:
        self._fields.kind = self._kind.currentData()

    def _show_on_movie(self, shown: bool) -> None:
        self._fields.on_movie = shown

    def _start(self) -> None:
        self._fields.compute()

    def _follow(self, purpose: str, job: Job) -> None:
        if purpose == "field":
            self._job.watch(job)
            job.done.connect(self._job.hide)  # the picture says it
            self._compute.hide()
