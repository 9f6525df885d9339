"""Feature maps of one stimulus minus those of another, in a real window."""

import numpy as np
from qtpy.QtCore import Qt
from qtpy.QtTest import QTest
from qtpy.QtWidgets import QCheckBox, QToolButton

from napari_nfm.recording import feature_maps
from napari_nfm.viewer.convert_maps import montage_to_maps
from napari_nfm.viewer.roles import Role


def test_maps_are_shown_minus_those_of_a_reference(loaded, panel, twin, stimuli):
    session, world = loaded.session, loaded.world
    session.selection.channels = (0, 3)
    loaded.jobs.wait(60)
    before = world.find(Role.MAPS).colormap.name
    subtract = panel.findChild(QCheckBox, "subtract_stimulus")
    subtract.setChecked(True)
    loaded.jobs.wait(60)
    reference = session.selection.reference
    assert reference == session.sequence
    assert not world.find(Role.MAPS).data[np.isfinite(world.find(Role.MAPS).data)].any()
    session.choose(stimuli.categories[1], stimuli.directions[1])
    loaded.jobs.wait(60)
    layer = world.find(Role.MAPS)
    shown = montage_to_maps(layer.data, world.movie_and_maps.maps_shown.montage)
    one, other = (
        feature_maps(twin, stimuli.frames(*sequence), "encoder.L1")[:, [0, 3]]
        for sequence in (session.sequence, reference)
    )
    np.testing.assert_allclose(shown, one - other, atol=0.01)  # kept in half precision
    low, high = layer.contrast_limits
    assert low == -high
    assert layer.colormap.name == "difference"
    subtract.setChecked(False)
    loaded.jobs.wait(60)
    assert world.find(Role.MAPS).colormap.name == before
    assert world.find(Role.MAPS).contrast_limits[0] > -high
    # Pages of channels go around the end.
    onward = panel.findChild(QToolButton, "next_channels")
    QTest.mouseClick(onward, Qt.MouseButton.LeftButton)
    assert session.selection.channels == tuple(range(12, 24))
    for _ in range(2):
        QTest.mouseClick(onward, Qt.MouseButton.LeftButton)
    assert session.selection.channels == tuple(range(12))
    loaded.jobs.wait(60)
