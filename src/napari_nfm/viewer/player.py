"""Plays the current stimulus: moves the session's frame, and every view follows."""

from qtpy.QtCore import QObject, QTimer, Signal

from napari_nfm.session import Session

__all__ = ["Player"]


class Player(QObject):
    """Moves the current frame at a chosen pace, from the last frame on to the first.

    Parameters
    ----------
    session
        Whose frame is moved.
    parent
        Owner.
    """

    playing_changed = Signal(bool)

    def __init__(self, session: Session, parent: QObject) -> None:
        super().__init__(parent)
        self._session = session
        # Not napari's own player: its thread outlives a viewer that is closed while it plays.
        self._timer = QTimer(self)
        self._timer.timeout.connect(self._advance)
        self.frames_per_second = 10.0

    @property
    def frames_per_second(self) -> float:
        """Frames shown per second, where drawing them is fast enough."""
        return 1000 / self._timer.interval()

    @frames_per_second.setter
    def frames_per_second(self, rate: float) -> None:
        self._timer.setInterval(round(1000 / rate))

    @property
    def is_playing(self) -> bool:
        """Whether the frame moves by itself."""
        return self._timer.isActive()

    def play(self) -> None:
        """Begin to move, where there is something to play."""
        if self._session.n_frames and not self.is_playing:
            self._timer.start()
            self.playing_changed.emit(True)

    def pause(self) -> None:
        """Stay at the current frame."""
        if self.is_playing:
            self._timer.stop()
            self.playing_changed.emit(False)

    def toggle(self) -> None:
        """Play where paused, pause where playing."""
        if self.is_playing:
            self.pause()
        else:
            self.play()

    def step(self, frames: int) -> None:
        """Pause and move by `frames`, around the end."""
        self.pause()
        self._move(frames)

    def _advance(self) -> None:
        self._move(1)

    def _move(self, frames: int) -> None:
        n_frames, selection = self._session.n_frames, self._session.selection
        if n_frames:
            selection.frame = (selection.frame + frames) % n_frames
