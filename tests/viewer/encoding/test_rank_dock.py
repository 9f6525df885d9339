"""The dock of the rank, by mouse and keyboard."""

import time

import pytest
from manifold_builders import OTHER, SITE, make_rank_choice
from panel_events import choose, find, press, text
from qtpy.QtCore import QPointF, Qt
from qtpy.QtWidgets import QComboBox, QLineEdit, QSpinBox

from napari_nfm.jobs import check_stop
from napari_nfm.viewer import encoding_tasks
from napari_nfm.viewer.plans import RankSettings


@pytest.fixture
def sweep(monkeypatch):
    """A sweep that tells of rank 2, 3, ... one by one until it is stopped or done."""
    asked = []

    def run(site, _, settings, on_choice, *, progress=None, should_stop=None):
        asked.append((site, settings))
        ranks = range(settings.first, settings.last + 1)
        for done, rank in enumerate(ranks, start=1):
            check_stop(should_stop)
            progress(done, len(ranks), f"Rank {rank}")
            on_choice(rank, make_rank_choice(ranks[:done]) if done > 1 else None)
            time.sleep(0.02)
        return site, make_rank_choice(ranks)

    monkeypatch.setattr(encoding_tasks, "sweep", run)
    return asked


def points(plot):
    x, _ = plot._curve.getData()
    return [] if x is None else list(x)


def test_the_curve_grows_while_the_sweep_runs(explorer, rank, qtbot, sweep):
    find(rank, "rank_last", QSpinBox).setValue(12)
    find(rank, "rank_starts", QSpinBox).setValue(5)
    press(qtbot, rank, "start_sweep")
    assert not find(rank, "start_sweep").isEnabled()
    qtbot.waitUntil(lambda: 1 < len(points(rank.plots.nuclear)) < 11, timeout=20_000)
    explorer.jobs.wait(30)
    assert points(rank.plots.nuclear) == list(range(2, 13))
    assert points(rank.plots.error) == points(rank.plots.stability) == list(range(2, 13))
    assert sweep == [(SITE, RankSettings(2, 12, 5))]
    assert "Suggested rank <b>6</b>: the first rank" in text(rank, "rank_rule")
    assert rank.plots.nuclear._suggested.value() == 6
    assert rank._job.outcome == "done"


@pytest.mark.usefixtures("sweep")
def test_a_stopped_sweep_says_that_it_goes_on(explorer, rank, qtbot):
    press(qtbot, rank, "start_sweep")
    qtbot.waitUntil(lambda: len(points(rank.plots.nuclear)) > 1, timeout=20_000)
    press(qtbot, rank, "rank_cancel")
    explorer.jobs.wait(30)
    assert rank._job.outcome == "cancelled"
    assert find(rank, "start_sweep").text() == "Continue the sweep"
    press(qtbot, rank, "start_sweep")
    explorer.jobs.wait(30)
    assert rank._job.outcome == "done"
    assert find(rank, "start_sweep").text() == "Start the sweep"


def test_a_click_at_the_curve_picks_the_nearest_rank(explorer, rank, analyse, qtbot):
    explorer.session.add_rank_choice(SITE, make_rank_choice(range(2, 13)))
    explorer.encoding.rank_fitted.emit(12, explorer.session.rank_choices[SITE])
    rank.resize(1000, 330)
    with qtbot.waitExposed(rank):
        rank.show()
    plot = rank.plots.nuclear
    scene = plot.getViewBox().mapViewToScene(QPointF(8.3, 2.0))
    qtbot.mouseClick(plot.viewport(), Qt.MouseButton.LeftButton, pos=plot.mapFromScene(scene))
    qtbot.waitUntil(lambda: explorer.encoding.rank == 8, timeout=3000)
    assert find(rank, "picked_rank", QSpinBox).value() == 8
    assert find(analyse, "encoding_rank", QSpinBox).value() == 8
    assert plot._picked.value() == 8
    assert "error 10.4 %" in text(rank, "about_rank")


def test_the_rank_is_one_number_in_both_places(rank, analyse):
    find(analyse, "encoding_rank", QSpinBox).setValue(17)
    assert find(rank, "picked_rank", QSpinBox).value() == 17
    find(rank, "picked_rank", QSpinBox).setValue(5)
    assert find(analyse, "encoding_rank", QSpinBox).value() == 5


@pytest.mark.parametrize(
    ("written", "scheduler"),
    [
        ("this computer", None),
        ("local processes", "processes"),
        ("tcp://cluster:8786", "tcp://cluster:8786"),
    ],
)
def test_where_the_sweep_runs_is_chosen_or_written(rank, tmp_path, written, scheduler):
    find(rank, "rank_scheduler", QComboBox).setCurrentText(written)
    find(rank, "rank_folder", QLineEdit).setText(str(tmp_path))
    assert rank.settings() == RankSettings(store=tmp_path, scheduler=scheduler)


def test_the_highest_rank_is_never_below_the_lowest(rank):
    find(rank, "rank_last", QSpinBox).setValue(5)
    find(rank, "rank_first", QSpinBox).setValue(9)
    settings = rank.settings()
    assert (settings.first, settings.last) == (9, 9)


def test_a_rank_that_the_curve_lacks_has_no_line(explorer, rank):
    explorer.session.add_rank_choice(SITE, make_rank_choice(range(2, 9)))
    explorer.encoding.rank_fitted.emit(8, explorer.session.rank_choices[SITE])
    explorer.encoding.pick_rank(30)
    assert not rank.plots.nuclear._picked.isVisible()
    assert "not among" in text(rank, "about_rank")


def test_each_population_has_its_own_curve(explorer, rank):
    explorer.session.add_rank_choice(SITE, make_rank_choice(range(2, 9)))
    choose(rank, "rank_population", OTHER)
    assert points(rank.plots.nuclear) == []
    choose(rank, "rank_population", SITE)
    assert points(rank.plots.nuclear) == list(range(2, 9))
