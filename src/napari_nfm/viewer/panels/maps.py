"""Which feature maps are on screen beside the movie: the site and its channels."""

from typing import TYPE_CHECKING

from qtpy.QtWidgets import QComboBox, QFormLayout, QLabel, QLineEdit, QVBoxLayout, QWidget

from napari_nfm.viewer.explorer import Explorer
from napari_nfm.viewer.panels.job_bar import JobBar
from napari_nfm.viewer.panels.numbers import parse_numbers
from napari_nfm.viewer.worker import Job

if TYPE_CHECKING:
    from napari_nfm.fnn import Twin

__all__ = ["MapsPanel"]

MOST_SHOWN = 48


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
        self._message = QLabel()
        self._message.setObjectName("map_message")
        self._message.setWordWrap(True)
        self._message.hide()
        self._job = JobBar("maps", done="In step with the movie.")
        form = QFormLayout()
        form.setContentsMargins(0, 6, 0, 0)
        form.addRow("Feature maps", self._site)
        form.addRow("Channels", self._channels)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addLayout(form)
        layout.addWidget(self._message)
        layout.addWidget(self._job)

        explorer.jobs.started.connect(self._follow)
        explorer.session.events.twin_changed.connect(self._show_sites)
        self._selection.events.site_changed.connect(self._show_site)
        self._selection.events.channels_changed.connect(self._show_channels)
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
