"""The docks of the encoding manifold, driven by mouse and keyboard."""

import subprocess
import sys
import time

import numpy as np
import pytest
from manifold_builders import STIMULI, make_manifold, make_rank_choice, make_responses
from napari.components import ViewerModel
from qtpy.QtCore import QPoint, QPointF, Qt
from qtpy.QtWidgets import (
    QAbstractButton,
    QAbstractSpinBox,
    QCheckBox,
    QComboBox,
    QFileDialog,
    QLabel,
    QLineEdit,
    QMenu,
    QPushButton,
    QSpinBox,
    QTableWidget,
    QToolButton,
)

from napari_nfm.analysis.errors import AnalysisError
from napari_nfm.jobs import check_stop
from napari_nfm.viewer import docks, encoding_tasks
from napari_nfm.viewer.explorer import explorer_of
from napari_nfm.viewer.panels.analyse import AnalysePanel
from napari_nfm.viewer.panels.factors import FactorsPanel
from napari_nfm.viewer.panels.manifold import ManifoldPanel
from napari_nfm.viewer.panels.rank import RankPanel
from napari_nfm.viewer.plans import ManifoldSettings, RankSettings

SITE = "encoder.L1"
OTHER = "output"


@pytest.fixture
def model(qapp):
    """A viewer without a window: all that a panel needs of one."""
    assert qapp is not None
    return ViewerModel()


@pytest.fixture
def explorer(model):
    """The explorer with the responses of two sites."""
    explorer = explorer_of(model)
    populate(explorer)
    yield explorer
    explorer.close()


@pytest.fixture
def shown(explorer):
    """The explorer with the manifold of one of its two sites on screen."""
    explorer.session.add_manifold(SITE, make_manifold())
    explorer.encoding.show_manifold(SITE)
    return explorer


@pytest.fixture
def analyse(explorer, qtbot):
    panel = AnalysePanel(explorer)
    qtbot.addWidget(panel)
    return panel


@pytest.fixture
def dock(shown, model, qtbot):
    assert shown.encoding.manifold_site == SITE
    panel = ManifoldPanel(model)
    qtbot.addWidget(panel)
    return panel


@pytest.fixture
def factors(shown, model, qtbot):
    assert shown.encoding.manifold_site == SITE
    panel = FactorsPanel(model)
    qtbot.addWidget(panel)
    panel.resize(900, 400)
    with qtbot.waitExposed(panel):
        panel.show()
    return panel


@pytest.fixture
def rank(explorer, model, qtbot):
    assert SITE in explorer.session.responses
    panel = RankPanel(model)
    qtbot.addWidget(panel)
    return panel


def populate(explorer):
    explorer.session.responses = {SITE: make_responses(), OTHER: make_responses(30, site=OTHER)}
    explorer.session.selection.site = SITE


@pytest.fixture
def calls(monkeypatch):
    """What the encoding job was asked for; it answers at once."""
    asked = []

    def encode(site, responses, settings, **_):
        asked.append((site, settings))
        return site, make_manifold(n_units=responses.sizes["unit"], rank=settings.rank, site=site)

    monkeypatch.setattr(encoding_tasks, "encode", encode)
    return asked


def find(widget, kind, name):
    found = widget.findChild(kind, name)
    assert found is not None, name
    return found


def press(qtbot, widget, name, kind=QAbstractButton):
    qtbot.mouseClick(find(widget, kind, name), Qt.MouseButton.LeftButton)


def choose(widget, name, data):
    box = find(widget, QComboBox, name)
    index = box.findData(data)
    assert index >= 0, data
    box.setCurrentIndex(index)
    box.activated.emit(index)


def text(widget, name):
    return find(widget, QLabel, name).text()


# Computing


def test_the_analyse_step_computes_with_what_is_chosen(explorer, analyse, qtbot, calls):
    find(analyse, QSpinBox, "encoding_rank").setValue(3)
    find(analyse, QSpinBox, "encoding_starts").setValue(7)
    find(analyse, QSpinBox, "encoding_seed").setValue(42)
    choose(analyse, "graph_objective", "greedy")
    choose(analyse, "graph_method", "approximate")
    press(qtbot, analyse, "compute_manifold")
    assert not find(analyse, QPushButton, "compute_manifold").isEnabled()
    explorer.jobs.wait(30)
    assert calls == [(SITE, ManifoldSettings(3, 42, 7, "greedy", "approximate"))]
    assert analyse.encoding._job.outcome == "done"
    assert find(analyse, QPushButton, "compute_manifold").isEnabled()
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
    button = find(analyse, QPushButton, "show_manifold")
    assert not button.isHidden()
    shown.session.selection.site = OTHER
    assert button.isHidden()
    shown.session.selection.site = SITE
    told = []
    shown.encoding.manifold_shown.connect(told.append)
    press(qtbot, analyse, "show_manifold")
    assert told == [SITE]


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
    kinds = find(analyse, QMenu, "population_kinds").actions()
    next(action for action in kinds if suffix in action.text()).trigger()
    explorer.jobs.wait(60)
    assert analyse._population_job.outcome == "done"
    box = find(analyse, QComboBox, "analysis_site")
    assert [box.itemText(i) for i in range(box.count())] != []
    assert "9 units" in box.currentText()
    assert find(analyse, QPushButton, "compute_manifold").isEnabled()


# The dock of the manifold


def test_an_empty_dock_says_where_to_begin(model, qtbot):
    dock = ManifoldPanel(model)
    qtbot.addWidget(dock)
    assert "Analyse" in text(dock, "no_manifold")
    assert dock._body.isHidden()


def test_counts_are_those_of_the_manifold(dock):
    counts = text(dock, "manifold_counts")
    for part in ("54 units", "3 clusters", "104 edges", "6 left out", "rank 4"):
        assert part in counts


def test_each_category_of_the_legend_has_a_name_and_a_count(dock):
    choose(dock, "colour_by", "preferred_stimulus")
    assert text(dock.legend._body, "unit_legend_entry_0") == STIMULI[0]
    counts = [
        int(label.text())
        for label in dock.legend._body.findChildren(QLabel)
        if label.objectName().startswith("unit_legend_count")
    ]
    assert sum(counts) == 54


def test_numbers_have_a_bar_with_their_range(shown, dock):
    choose(dock, "colour_by", "mean_activity")
    assert shown.session.look.colour_by == "mean_activity"
    low, high = (float(text(dock.legend._body, f"unit_legend_{end}")) for end in ("low", "high"))
    activity = shown.session.manifolds[SITE].units["mean_activity"]
    assert activity.min() <= low * 1.01
    assert low < high <= activity.max() * 1.01
    assert "Mean activity" in text(dock, "unit_legend_title")


def test_every_column_of_the_table_can_colour(dock):
    box = find(dock, QComboBox, "colour_by")
    for index in range(box.count()):
        choose(dock, "colour_by", box.itemData(index))
        assert dock.legend._body is not None
    offered = {box.itemData(index) for index in range(box.count())}
    assert {"cluster", "osi", "dsi", "local_dimension", "channel", "factor_4"} <= offered


def test_an_axis_taken_twice_changes_places(shown, dock):
    box = find(dock, QComboBox, "axis_x")
    box.setCurrentIndex(2)
    box.activated.emit(2)
    assert shown.session.look.axes == (2, 1, 0)
    box = find(dock, QComboBox, "axis_y")
    box.setCurrentIndex(5)
    box.activated.emit(5)
    assert shown.session.look.axes == (2, 5, 0)
    assert [find(dock, QComboBox, f"axis_{a}").currentIndex() for a in "xyz"] == [2, 5, 0]


def test_coordinates_and_edges_are_chosen(shown, dock, qtbot):
    choose(dock, "manifold_coordinates", "principal components")
    assert shown.session.look.coordinates == "principal components"
    assert find(dock, QComboBox, "axis_x").currentText() == "1"
    edges = find(dock, QCheckBox, "show_edges")
    edges.setFocus()
    qtbot.keyClick(edges, Qt.Key.Key_Space)
    assert shown.session.look.edges


def test_units_left_out_are_listed_with_reason_and_place(dock):
    table = find(dock, QTableWidget, "left_out_table")
    rows = [[table.item(row, c).text() for c in (1, 2, 3)] for row in range(table.rowCount())]
    assert rows[0] == ["2", "map 0 · y 2, x 2", "silent"]
    assert [row[2] for row in rows] == [
        "silent",
        "isolated",
        "isolated",
        "near-duplicate",
        "near-duplicate",
        "disconnected",
    ]
    assert "1 disconnected, 2 isolated, 2 near-duplicate, 1 silent" in text(dock, "left_out_title")


def test_ticked_units_are_kept_at_the_next_computation(shown, dock, qtbot, calls):
    again = find(dock, QPushButton, "compute_with_kept")
    assert not again.isEnabled()
    assert dock.findChild(QCheckBox, "keep_2") is None, "a silent unit cannot be kept"
    for unit in (6, 9):
        box = find(dock, QCheckBox, f"keep_{unit}")
        qtbot.keyClick(box, Qt.Key.Key_Space)
    assert again.isEnabled()
    press(qtbot, dock, "compute_with_kept")
    shown.jobs.wait(30)
    assert calls == [(SITE, ManifoldSettings(4, 0, 3, "l1", "exact", keep=(6, 9)))]
    assert dock._job.outcome == "done"


def test_a_kept_unit_can_be_let_go(shown, dock, analyse, qtbot, calls):
    manifold = make_manifold()
    manifold.provenance.parameters["keep"] = (30, 31)
    shown.session.add_manifold(SITE, manifold)
    assert find(dock, QCheckBox, "keep_30").isChecked()
    assert analyse.encoding.settings().keep == (30, 31)
    find(dock, QCheckBox, "keep_30").setChecked(False)
    press(qtbot, dock, "compute_with_kept")
    shown.jobs.wait(30)
    assert calls[0][1].keep == (31,)


def test_selected_units_are_counted_and_cleared(shown, dock, qtbot):
    assert not find(dock, QPushButton, "clear_selection").isEnabled()
    shown.session.selection.units = (0, 1, 7)
    assert text(dock, "selected_units") == "3 units selected"
    press(qtbot, dock, "clear_selection")
    assert shown.session.selection.units == ()
    assert text(dock, "selected_units") == "0 units selected"


def test_the_selection_tool_is_chosen_here_and_followed(shown, dock, qtbot):
    press(qtbot, dock, "select_lasso")
    assert shown.selection_tool.name == "LASSO"
    shown.selection_tool = type(shown.selection_tool).NAVIGATE
    assert find(dock, QToolButton, "select_navigate").isChecked()


def test_another_population_is_chosen_in_the_dock(shown, dock):
    choose(dock, "manifold_population", OTHER)
    assert shown.session.selection.site == OTHER
    assert dock._body.isHidden()
    choose(dock, "manifold_population", SITE)
    assert not dock._body.isHidden()
    assert shown.encoding.manifold_site == SITE


# Factors


def test_one_row_per_factor_with_titled_axes(factors):
    assert len(factors.rows) == 4
    row = factors.rows[1]
    assert row.neural.getAxis("bottom").labelText == "59 units by map"
    assert row.response.getAxis("bottom").labelText == "Time (s)"
    assert row.response.getAxis("left").labelText == "Direction (°)"
    ticks = row.stimulus.getAxis("left")._tickLevels[0]
    assert [name for _, name in sorted(ticks, reverse=True)] == list(STIMULI)
    assert "rotation" in text(factors, "about_factors")


def test_what_is_drawn_is_the_decomposition(shown, factors):
    decomposition = shown.session.manifolds[SITE].decomposition
    row = factors.rows[2]
    np.testing.assert_allclose(row._bars.opts["width"], decomposition.factors[1][:, 2])
    fibre = decomposition.factors[2][:, 2]
    np.testing.assert_allclose(row._image.image, fibre.reshape(12, 8).T)
    assert row._stems.getData()[1].max() == decomposition.factors[0][:, 2].max()
    levels = {tuple(other._image.levels) for other in factors.rows}
    assert levels == {(0.0, decomposition.factors[2].max())}


@pytest.mark.parametrize("plot", ["neural", "stimulus", "response"])
def test_a_click_on_a_factor_colours_the_manifold(shown, factors, qtbot, plot):
    plot = getattr(factors.rows[1], plot)
    qtbot.mouseClick(plot.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(plot.width() - 30, 40))
    qtbot.waitUntil(lambda: shown.session.look.colour_by == "factor_2", timeout=3000)
    assert factors.rows[1].button.isChecked()
    shown.session.look.colour_by = "cluster"
    assert not factors.rows[1].button.isChecked()


def test_a_factor_is_chosen_by_keyboard(shown, factors, qtbot):
    qtbot.keyClick(factors.rows[3].button, Qt.Key.Key_Space)
    assert shown.session.look.colour_by == "factor_4"


def test_selected_units_are_marked_in_the_loadings(shown, factors):
    loadings = shown.session.manifolds[SITE].decomposition.factors[0]
    shown.session.selection.units = (0, 3, 2)
    for r, row in enumerate(factors.rows):
        _, marked = row._marks.getData()
        assert sorted(marked) == sorted(loadings[[0, 2], r]), "unit 2 is silent: no loading"
    shown.session.selection.units = ()
    assert len(factors.rows[0]._marks.getData()[0]) == 0


def test_factors_follow_the_manifold_and_the_theme(shown, factors, model):
    shown.session.add_manifold(SITE, make_manifold(rank=2))
    shown.encoding.show_manifold(SITE)
    assert len(factors.rows) == 2
    model.theme = "light"
    assert factors.rows[0].neural.backgroundBrush().color().lightness() > 150
    model.theme = "dark"
    assert factors.rows[0].neural.backgroundBrush().color().lightness() < 80


# The rank


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
    find(rank, QSpinBox, "rank_last").setValue(12)
    find(rank, QSpinBox, "rank_starts").setValue(5)
    press(qtbot, rank, "start_sweep")
    assert not find(rank, QPushButton, "start_sweep").isEnabled()
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
    assert find(rank, QPushButton, "start_sweep").text() == "Continue the sweep"
    press(qtbot, rank, "start_sweep")
    explorer.jobs.wait(30)
    assert rank._job.outcome == "done"
    assert find(rank, QPushButton, "start_sweep").text() == "Start the sweep"


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
    assert find(rank, QSpinBox, "picked_rank").value() == 8
    assert find(analyse, QSpinBox, "encoding_rank").value() == 8
    assert plot._picked.value() == 8
    assert "error 10.4 %" in text(rank, "about_rank")


def test_the_rank_is_one_number_in_both_places(rank, analyse):
    find(analyse, QSpinBox, "encoding_rank").setValue(17)
    assert find(rank, QSpinBox, "picked_rank").value() == 17
    find(rank, QSpinBox, "picked_rank").setValue(5)
    assert find(analyse, QSpinBox, "encoding_rank").value() == 5


@pytest.mark.parametrize(
    ("written", "scheduler"),
    [
        ("this computer", None),
        ("local processes", "processes"),
        ("tcp://cluster:8786", "tcp://cluster:8786"),
    ],
)
def test_where_the_sweep_runs_is_chosen_or_written(rank, tmp_path, written, scheduler):
    find(rank, QComboBox, "rank_scheduler").setCurrentText(written)
    find(rank, QLineEdit, "rank_folder").setText(str(tmp_path))
    assert rank.settings() == RankSettings(store=tmp_path, scheduler=scheduler)


def test_the_highest_rank_is_never_below_the_lowest(rank):
    find(rank, QSpinBox, "rank_last").setValue(5)
    find(rank, QSpinBox, "rank_first").setValue(9)
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


# All docks


def test_docks_open_from_buttons_once_and_come_back(panel, viewer, qtbot):
    populate(panel.explorer)
    panel.explorer.session.add_manifold(SITE, make_manifold())
    panel.explorer.encoding.show_manifold(SITE)  # opens the first
    press(qtbot, viewer.window.dock_widgets[docks.MANIFOLD], "open_factors")
    press(qtbot, panel, "choose_rank")
    for open_dock, name in (
        (docks.open_manifold, docks.MANIFOLD),
        (docks.open_factors, docks.FACTORS),
        (docks.open_rank, docks.RANK),
    ):
        first = viewer.window.dock_widgets[name]
        open_dock(viewer)
        assert viewer.window.dock_widgets[name] is first
        viewer.window.remove_dock_widget(first)
        open_dock(viewer)
        assert name in viewer.window.dock_widgets


def test_every_control_explains_itself_and_is_reached_by_keyboard(dock, factors, rank, analyse):
    checked = 0
    for panel in (analyse, dock, factors, rank):
        for kind in (QAbstractButton, QAbstractSpinBox, QComboBox):
            for control in panel.findChildren(kind):
                name = control.objectName()
                if name.startswith("qt_") or isinstance(
                    control.parent(), (QAbstractSpinBox, QComboBox, QTableWidget)
                ):
                    continue  # parts of Qt's own
                assert name, control
                assert control.toolTip(), name
                assert control.focusPolicy() & Qt.FocusPolicy.TabFocus, name
                checked += 1
    assert checked > 40


def test_plots_are_loaded_only_with_a_panel_that_has_some():
    code = (
        "import sys, napari_nfm.viewer.panels.explore, napari_nfm.viewer.panels.manifold; "
        "print('pyqtgraph' in sys.modules)"
    )
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=120, check=True
    )
    assert result.stdout.strip() == "False"
