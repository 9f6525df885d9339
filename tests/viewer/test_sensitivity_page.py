"""The page Sensitivity shows what the session has, whichever dock had asked for it."""

import numpy as np
import pandas as pd
import pytest
from panel_events import press, seen
from qtpy.QtWidgets import QLabel
from tube_builders import make_tubes

from napari_nfm.analysis import tubularity_sensitivity
from napari_nfm.viewer import tube_tasks
from napari_nfm.viewer.explorer import explorer_of
from napari_nfm.viewer.panels.tubularity import TubularityPanel

SITES = ("encoder.L4", "output")


@pytest.fixture
def explorer(model, monkeypatch):
    """The explorer with two sites, which a short sweep varies."""

    def sweep(responses, **_):
        return tubularity_sensitivity(
            responses, quantiles=(0.5,), n_bins=(), smoothing=(), n_components=(), labels=()
        )

    monkeypatch.setattr(tube_tasks, "sweep_settings", sweep)
    explorer = explorer_of(model)
    explorer.session.responses = {
        site: make_tubes(20, noise=0.1 + 0.2 * seed, seed=seed, n_frames=8, site=site)
        for seed, site in enumerate(SITES)
    }
    yield explorer
    explorer.close()


@pytest.fixture
def dock(model, qtbot):
    panel = seen(qtbot, TubularityPanel(model), 460, 900)
    panel.page = "Sensitivity"
    return panel


def test_the_result_outlives_its_dock_and_is_saved_from_another(explorer, dock, model, qtbot):
    press(qtbot, dock, "vary_settings")
    explorer.jobs.wait(60)
    found = explorer.session.sensitivity
    assert dock.sensitivity.orders.rowCount() == len(found.ordering) // 2
    dock.close()

    again = seen(qtbot, TubularityPanel(model), 460, 900)
    again.page = "Sensitivity"
    assert again.sensitivity.orders.rowCount() == len(found.ordering) // 2
    assert again.sensitivity.exports()


def test_it_is_exported_and_told_as_old_when_responses_change(explorer, dock, tmp_path, qtbot):
    press(qtbot, dock, "vary_settings")
    explorer.jobs.wait(60)
    page = dock.sensitivity
    note = page.findChild(QLabel, "stale_note")
    assert note.isHidden()
    table = page.exports()[0]
    table.write(tmp_path / table.name)
    saved = pd.read_csv(tmp_path / table.name, comment="#")
    np.testing.assert_allclose(saved["s_tight"], explorer.session.sensitivity.table["s_tight"])

    explorer.session.add_responses({"output": make_tubes(20, seed=5, n_frames=8)})
    assert not note.isHidden()
    assert "of other responses than there are now" in note.text()
    assert page.orders.rowCount() > 0, "it is still there to be read"
    press(qtbot, dock, "vary_settings")
    explorer.jobs.wait(60)
    assert note.isHidden()
