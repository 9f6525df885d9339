"""Play controls that stay in sight: one clock for movie, feature maps and trajectories."""

from napari.utils.notifications import show_error
from qtpy.QtCore import Qt
from qtpy.QtWidgets import (
    QButtonGroup,
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSlider,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from napari_nfm.viewer.explorer import Explorer
from napari_nfm.viewer.panels.fields import tool_button
from napari_nfm.viewer.views import View
from napari_nfm.viewer.worker import describe

__all__ = ["Transport"]

FRAME_RATE = 30.0
"""Frames per second of the network's time, where no stimulus set says it."""

VIEW_TOOLTIPS = {
    View.MOVIE_AND_MAPS: "The stimulus movie above its feature maps, in two dimensions",
    View.TRAJECTORIES: "The decoding trajectories alone, in three dimensions",
    View.TUBES: "The tubes around the trajectories alone, in three dimensions",
    View.MANIFOLD: "The encoding manifold alone, in three dimensions: each point is a unit",
    View.ALL: "Movie, feature maps and decoding trajectories in one space",
}


class Transport(QWidget):
    """Play, step, scrub and pace, and the three views.

    Parameters
    ----------
    explorer
        Whose player and session are driven.
    """

    def __init__(self, explorer: Explorer) -> None:
        super().__init__()
        self._explorer = explorer
        self.setObjectName("transport")
        self._back = tool_button("step_back", "◀", "One frame back")
        self._play = tool_button("play", "▶ Play", "Play or pause the stimulus")
        self._forward = tool_button("step_forward", "▶", "One frame on")
        self._slider = QSlider(Qt.Orientation.Horizontal)
        self._slider.setObjectName("frame_slider")
        self._slider.setToolTip("Current frame of the stimulus; the same as napari's time slider")
        self._frame = QLabel()
        self._frame.setObjectName("frame_label")
        self._speed = QSpinBox()
        self._speed.setObjectName("speed")
        self._speed.setRange(1, 60)
        self._speed.setValue(round(explorer.player.frames_per_second))
        self._speed.setSuffix(" fps")
        self._speed.setToolTip(
            "Frames shown per second; the network steps at 30 frames per second of stimulus time"
        )
        self._back.clicked.connect(self._step_back)
        self._forward.clicked.connect(self._step_forward)
        self._play.clicked.connect(explorer.player.toggle)
        self._slider.valueChanged.connect(self._set_frame)
        self._speed.valueChanged.connect(self._set_speed)

        controls = QHBoxLayout()
        for widget in (self._back, self._play, self._forward):
            controls.addWidget(widget)
        controls.addStretch(1)
        controls.addWidget(self._frame)
        controls.addWidget(self._speed)

        views = QHBoxLayout()
        views.setSpacing(4)
        self._views = QButtonGroup(self)
        for view in View:
            button = QPushButton(view.value)
            button.setObjectName(f"view_{view.name.lower()}")
            button.setToolTip(VIEW_TOOLTIPS[view])
            button.setProperty("view", view.value)
            self._views.addButton(button)
            views.addWidget(button)
        self._views.buttonClicked.connect(self._show_view)

        self._save = tool_button("save_picture", "Save …", "The canvas as PNG, with its legend")
        self._save.clicked.connect(self._save_picture)
        views.addWidget(self._save)

        layout = QVBoxLayout(self)
        layout.setContentsMargins(6, 4, 6, 6)
        layout.setSpacing(4)
        layout.addLayout(controls)
        layout.addWidget(self._slider)
        layout.addLayout(views)

        session = explorer.session
        session.selection.events.frame_changed.connect(self._show_frame)
        session.events.stimuli_changed.connect(self._show_length)
        session.events.results_changed.connect(self._show_length)
        explorer.player.playing_changed.connect(self._show_playing)
        self._show_length()
        self._show_playing(explorer.player.is_playing)

    def _step_back(self) -> None:
        self._explorer.player.step(-1)

    def _step_forward(self) -> None:
        self._explorer.player.step(1)

    def _set_frame(self, frame: int) -> None:
        self._explorer.session.selection.frame = frame

    def _set_speed(self, rate: int) -> None:
        self._explorer.player.frames_per_second = rate

    def _show_view(self, button: QPushButton) -> None:
        self._explorer.show_view(View(button.property("view")))

    def _save_picture(self) -> None:
        path, _ = QFileDialog.getSaveFileName(self, "Save picture", "picture.png", "PNG (*.png)")
        if not path:
            return
        try:
            self._explorer.save_picture(path)
        except OSError as error:
            show_error(describe(error))

    def _show_length(self) -> None:
        n_frames = self._explorer.session.n_frames
        for widget in (self._back, self._play, self._forward, self._slider):
            widget.setEnabled(n_frames > 0)
        frame = self._explorer.session.selection.frame
        self._slider.setRange(0, max(0, n_frames - 1))
        self._show_frame(frame)

    def _show_frame(self, frame: int) -> None:
        self._slider.setValue(frame)
        session = self._explorer.session
        if not session.n_frames:
            self._frame.setText("nothing to play yet")
            return
        rate = FRAME_RATE if session.stimuli is None else session.stimuli.frame_rate
        self._frame.setText(f"frame {frame} / {session.n_frames - 1} · {frame / rate:.2f} s")

    def _show_playing(self, playing: bool) -> None:
        self._play.setText("❚❚ Pause" if playing else "▶ Play")
