"""Whatever is dropped on the Explore dock opens as what it is."""

import numpy as np
import pytest
from qtpy.QtCore import QMimeData, QPointF, Qt, QUrl
from qtpy.QtGui import QDragEnterEvent, QDropEvent

from napari_nfm.errors import NeuralFoundationModelError


def drop(panel, *paths):
    """Drop files as a person does; say whether the dock takes them."""
    dropped = QMimeData()
    dropped.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    how = (dropped, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier)
    entering = QDragEnterEvent(QPointF(5, 5).toPoint(), Qt.DropAction.CopyAction, *how)
    entering.ignore()
    panel.dragEnterEvent(entering)
    if entering.isAccepted():
        panel.dropEvent(QDropEvent(QPointF(5, 5), Qt.DropAction.CopyAction, *how))
        panel.explorer.jobs.wait(60)
    return entering.isAccepted()


def test_a_checkpoint(panel, checkpoint):
    assert drop(panel, checkpoint)
    assert len(panel.explorer.session.twin.units) == 20


def test_a_recording(panel, store):
    assert drop(panel, store)
    assert panel.explorer.session.recording.is_complete


def test_a_response_tensor(panel, tmp_path):
    np.save(tmp_path / "retina.npy", np.random.default_rng(0).random((6, 3, 8, 10)))
    assert drop(panel, tmp_path / "retina.npy")
    assert panel.explorer.session.responses["retina"].sizes["unit"] == 6


def test_an_array_with_three_axes_is_a_movie(panel, tmp_path):
    np.save(tmp_path / "movie.npy", np.zeros((7, 36, 64), dtype=np.uint8))
    assert drop(panel, tmp_path / "movie.npy")
    assert panel.explorer.session.stimuli.n_frames == 7


def test_what_is_none_of_these_is_told_in_a_sentence(panel, tmp_path):
    (tmp_path / "notes.txt").write_text("nothing")
    with pytest.raises(NeuralFoundationModelError, match="notes"):
        drop(panel, tmp_path / "notes.txt")


def test_two_files_at_once_are_not_taken(panel, checkpoint, store):
    assert not drop(panel, checkpoint, store)
    assert panel.explorer.session.twin is None
