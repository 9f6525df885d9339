"""Which feature maps are on screen beside the movie: the site and its channels."""

from typing import TYPE_CHECKING

from qtpy.QtWidgets import (
    QCheckBox,
    QComboBox,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QVBoxLayout,
    QWidget,
)

from napari_nfm.titles import category_title
from napari_nfm.viewer.explorer import Explorer
from napari_nfm.viewer.panels.fields import tool_button
from napari_nfm.viewer.panels.job_bar import JobBar
from napari_nfm.viewer.panels.numbers import parse_numbers
from napari_nfm.viewer.worker import Job

if TYPE_CHECKING:
    from napari_nfm.fnn import Twin

__all__ = ["MapsPanel"]

MOST_SHOWN = 48
PAGE = 12
"""Channels that a page of them has."""


class MapsPanel(QWidget):
    """Site and channels of the feature maps, computed for the current stimulus on demand.

    Parameters
    ----------
    explorer
        Whose session is driven.
    """

    def __init__(self, explorer: Explorer) -> None:
        super().__init__()
        self._explorer = explorer
        self._selection = explorer.session.selection
        self.setObjectName("maps_panel")
        self._site = QComboBox()
        self._site.setObjectName("map_site")
        self._site.setToolTip("Recording site whose feature maps are shown")
        self._site.activated.connect(self._choose_site)
        self._channels = QLineEdit()
        self._channels.setObjectName("map_channels")
        self._channels.setPlaceholderText("the 12 that vary most")
        self._channels.setToolTip(
            "Channels, as 0-11 or 3, 8, 20-25. Left empty: the twelve with the largest standard "
            "deviation over frames and positions."
        )
        self._channels.editingFinished.connect(self._choose_channels)
        self._back = tool_button("previous_channels", "◀", f"The {PAGE} channels before these")
        self._forward = tool_button("next_channels", "▶", f"The {PAGE} channels after these")
        self._back.clicked.connect(self._page_back)
        self._forward.clicked.connect(self._page_forward)
        self._minus = QCheckBox("Subtract this stimulus")
        self._minus.setObjectName("subtract_stimulus")
        self._minus.setToolTip(
            "Keep the stimulus on screen as reference; then choose another, and its maps are shown "
            "minus those of the reference, frame by frame, in blue below zero and red above"
        )
        self._minus.toggled.connect(self._subtract)
        self._units = QCheckBox("Recorded units")
        self._units.setObjectName("units_on_maps")
        self._units.setToolTip(
            "A dot on the pixel of every recorded unit, and a frame around the part of the maps "
            "that was recorded"
        )
        self._units.toggled.connect(self._show_units)
        self._message = QLabel()
        self._message.setObjectName("map_message")
        self._message.setWordWrap(True)
        self._message.hide()
        self._job = JobBar("maps", done="In step with the movie.")
        form = QFormLayout()
        form.setContentsMargins(0, 6, 0, 0)
        form.addRow("Feature maps", self._site)
        channels = QHBoxLayout()
        channels.setSpacing(3)
        for widget in (self._channels, self._back, self._forward):
            channels.addWidget(widget)
        form.addRow("Channels", channels)
        shown = QHBoxLayout()
        shown.addWidget(self._minus, 1)
        shown.addWidget(self._units)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addLayout(form)
        layout.addLayout(shown)
        layout.addWidget(self._message)
        layout.addWidget(self._job)

        explorer.jobs.started.connect(self._follow)
        explorer.session.events.twin_changed.connect(self._show_sites)
        self._selection.events.site_changed.connect(self._show_site)
        self._selection.events.channels_changed.connect(self._show_channels)
        self._selection.events.reference_changed.connect(self._show_reference)
        self._show_sites(explorer.session.twin)

    def _choose_site(self, index: int) -> None:
        self._selection.site = self._site.itemData(index)

    def _choose_channels(self) -> None:
        site = self._explorer.sites.get(self._selection.site or "")
        limit = 0 if site is None else site.shape[0]
        try:
            numbers = parse_numbers(self._channels.text(), limit, MOST_SHOWN)
        except ValueError as error:
            self._message.setText(str(error))
            self._message.show()
            return
        self._message.hide()
        self._selection.channels = numbers

    def _page_back(self) -> None:
        self._turn_page(-1)

    def _page_forward(self) -> None:
        self._turn_page(1)

    def _turn_page(self, by: int) -> None:
        """Show the next channels, or those before, around the end."""
        site = self._explorer.sites.get(self._selection.site or "")
        if site is None:
            return
        n_pages = -(-site.shape[0] // PAGE)
        shown = self._selection.channels
        page = (shown[0] // PAGE + by if shown else 0) % n_pages
        first = page * PAGE
        self._selection.channels = tuple(range(first, min(first + PAGE, site.shape[0])))

    def _subtract(self, wanted: bool) -> None:
        self._selection.reference = self._explorer.session.sequence if wanted else None

    def _show_reference(self, reference: tuple[str, float, int] | None) -> None:
        self._minus.setChecked(reference is not None)
        self._minus.setText(
            "Subtract this stimulus"
            if reference is None
            else f"Minus {category_title(reference[0])}, {reference[1]:g}°"
        )

    def _show_units(self, shown: bool) -> None:
        self._explorer.units.on_maps.shows_all = shown

    def _follow(self, purpose: str, job: Job) -> None:
        if purpose == "maps":
            self._job.watch(job)

    def _show_sites(self, twin: "Twin | None") -> None:
        self.setVisible(twin is not None)
        self._site.clear()
        for site in self._explorer.sites.values():
            if site.is_map:
                self._site.addItem(f"{site.title} ({site.shape[0]} channels)", site.name)
        self._show_site(self._selection.site)

    def _show_channels(self, channels: tuple[int, ...]) -> None:
        # What a person wrote, as 0-11, stays where it means the same.
        try:
            written = parse_numbers(self._channels.text(), max(channels, default=0) + 1, MOST_SHOWN)
        except ValueError:
            written = ()
        if set(written) != set(channels):
            self._channels.setText(", ".join(map(str, channels)))

    def _show_site(self, site: str | None) -> None:
        index = self._site.findData(site)
        self._site.setCurrentIndex(index)
        known = self._explorer.sites.get(site or "")
        if known is not None and not known.is_map:
            self._message.setText(f"{known.title} has one value per unit and no maps.")
            self._job.hide()
        self._message.setVisible(known is not None and not known.is_map)
