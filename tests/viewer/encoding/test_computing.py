"""The step that computes an encoding manifold, by mouse and keyboard."""

import time

import numpy as np
import pytest
from manifold_builders import OTHER, SITE, make_manifold, make_responses
from panel_events import choose, find, press, text
from qtpy.QtWidgets import QComboBox, QFileDialog, QMenu, QSpinBox

from napari_nfm.analysis.errors import AnalysisError
from napari_nfm.jobs import check_stop
from napari_nfm.viewer import encoding_tasks
from napari_nfm.viewer.plans import ManifoldSettings


def test_the_analyse_step_computes_with_what_is_chosen(explorer, analyse, qtbot, calls):
    find(analyse, "encoding_rank", QSpinBox).setValue(3)
    find(analyse, "encoding_starts", QSpinBox).setValue(7)
    find(analyse, "encoding_seed", QSpinBox).setValue(42)
    choose(analyse, "graph_objective", "greedy")
    choose(analyse, "graph_method", "approximate")
    press(qtbot, analyse, "compute_manifold")
    assert not find(analyse, "compute_manifold").isEnabled()
    explorer.jobs.wait(30)
    assert calls == [(SITE, ManifoldSettings(3, 42, 7, "greedy", "approximate"))]
    assert analyse.encoding._job.outcome == "done"
    assert find(analyse, "compute_manifold").isEnabled()
    assert explorer.encoding.manifold_site == SITE


def test_cancel_shows_as_cancel_and_leaves_no_manifold(explorer, analyse, qtbot, monkeypatch):
    def encode(*_, progress, should_stop):
        while True:
            progress(1, 10, "Fitting")
            check_stop(should_stop)
            time.sleep(0.01)

    monkeypatch.setattr(encoding_tasks, "encode", encode)
    press(qtbot, analyse, "compute_manifold")
    qtbot.waitUntil(lambda: "Fitting" in text(analyse, "encode_message"), timeout=20_000)
    press(qtbot, analyse, "encode_cancel")
    explorer.jobs.wait(30)
    assert analyse.encoding._job.outcome == "cancelled"
    assert not explorer.session.manifolds


def test_a_mendable_error_is_shown_in_words(explorer, analyse, qtbot, monkeypatch):
    def encode(*_, **__):
        raise AnalysisError("Two units are too few for a graph", "give more units")

    monkeypatch.setattr(encoding_tasks, "encode", encode)
    press(qtbot, analyse, "compute_manifold")
    with pytest.raises(AnalysisError):
        explorer.jobs.wait(30)
    assert "Two units are too few" in text(analyse, "encode_message")
    assert analyse.encoding._job.outcome == "failed"


def test_a_computed_manifold_is_shown_again_by_its_button(shown, analyse, qtbot):
    button = find(analyse, "show_manifold")
    assert not button.isHidden()
    shown.session.selection.site = OTHER
    assert button.isHidden()
    shown.session.selection.site = SITE
    told = []
    shown.encoding.manifold_shown.connect(told.append)
    press(qtbot, analyse, "show_manifold")
    assert told == [SITE]


def test_a_manifold_that_is_shown_is_drawn_once(explorer, model, monkeypatch):
    model.dims.ndisplay = 3
    drawn = []
    draw = explorer.world.manifold.show

    def counted(scene):
        drawn.append(scene.manifold)
        draw(scene)

    monkeypatch.setattr(explorer.world.manifold, "show", counted)
    first, other = make_manifold(), make_manifold(30, site=OTHER)
    explorer.session.manifolds = {SITE: first, OTHER: other}
    for site in (SITE, OTHER, OTHER, SITE):
        explorer.encoding.show_manifold(site)
        assert explorer.encoding.manifold_site == explorer.session.selection.site == site
    assert [manifold is first for manifold in drawn] == [True, False, False, True]


@pytest.mark.filterwarnings("ignore::UserWarning:zarr.*", "ignore::FutureWarning:zarr.*")
@pytest.mark.parametrize("suffix", [".npy", ".zarr"])
def test_a_reference_population_joins_the_sites(explorer, analyse, monkeypatch, tmp_path, suffix):
    path = tmp_path / f"retina{suffix}"
    values = make_responses(n_units=9)
    if suffix == ".npy":
        np.save(path, values.values)
        monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_, **__: (str(path), ""))
    else:
        values.to_dataset(name="responses").to_zarr(path)
        monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_, **__: str(path))
    kinds = find(analyse, "population_kinds", QMenu).actions()
    next(action for action in kinds if suffix in action.text()).trigger()
    explorer.jobs.wait(60)
    assert analyse._population_job.outcome == "done"
    box = find(analyse, "analysis_site", QComboBox)
    assert [box.itemText(i) for i in range(box.count())] != []
    assert "9 units" in box.currentText()
    assert find(analyse, "compute_manifold").isEnabled()
