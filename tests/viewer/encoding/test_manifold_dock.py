"""The dock of the manifold, by mouse and keyboard."""

from manifold_builders import OTHER, SITE, STIMULI, make_manifold
from panel_events import choose, find, press, text
from qtpy.QtCore import Qt
from qtpy.QtWidgets import QCheckBox, QComboBox, QLabel, QTableWidget

from napari_nfm.viewer.panels.manifold import ManifoldPanel
from napari_nfm.viewer.plans import ManifoldSettings


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
    box = find(dock, "colour_by", QComboBox)
    for index in range(box.count()):
        choose(dock, "colour_by", box.itemData(index))
        assert dock.legend._body is not None
    offered = {box.itemData(index) for index in range(box.count())}
    assert {"cluster", "osi", "dsi", "local_dimension", "channel", "factor_4"} <= offered


def test_an_axis_taken_twice_changes_places(shown, dock):
    box = find(dock, "axis_x", QComboBox)
    box.setCurrentIndex(2)
    box.activated.emit(2)
    assert shown.session.look.axes == (2, 1, 0)
    box = find(dock, "axis_y", QComboBox)
    box.setCurrentIndex(5)
    box.activated.emit(5)
    assert shown.session.look.axes == (2, 5, 0)
    assert [find(dock, f"axis_{a}", QComboBox).currentIndex() for a in "xyz"] == [2, 5, 0]


def test_coordinates_and_edges_are_chosen(shown, dock, qtbot):
    choose(dock, "manifold_coordinates", "principal components")
    assert shown.session.look.coordinates == "principal components"
    assert find(dock, "axis_x", QComboBox).currentText() == "1"
    edges = find(dock, "show_edges")
    edges.setFocus()
    qtbot.keyClick(edges, Qt.Key.Key_Space)
    assert shown.session.look.edges


def test_units_left_out_are_listed_with_reason_and_place(dock):
    table = find(dock, "left_out_table", QTableWidget)
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
    again = find(dock, "compute_with_kept")
    assert not again.isEnabled()
    assert dock.findChild(QCheckBox, "keep_2") is None, "a silent unit cannot be kept"
    for unit in (6, 9):
        box = find(dock, f"keep_{unit}")
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
    assert find(dock, "keep_30").isChecked()
    assert analyse.encoding.settings().keep == (30, 31)
    find(dock, "keep_30").setChecked(False)
    press(qtbot, dock, "compute_with_kept")
    shown.jobs.wait(30)
    assert calls[0][1].keep == (31,)


def test_selected_units_are_counted_and_cleared(shown, dock, qtbot):
    assert not find(dock, "clear_selection").isEnabled()
    shown.session.selection.units = (0, 1, 7)
    assert text(dock, "selected_units") == "3 units selected"
    press(qtbot, dock, "clear_selection")
    assert shown.session.selection.units == ()
    assert text(dock, "selected_units") == "0 units selected"


def test_the_selection_tool_is_chosen_here_and_followed(shown, dock, qtbot):
    press(qtbot, dock, "select_lasso")
    assert shown.selection_tool.name == "LASSO"
    shown.selection_tool = type(shown.selection_tool).NAVIGATE
    assert find(dock, "select_navigate").isChecked()


def test_another_population_is_chosen_in_the_dock(shown, dock):
    choose(dock, "manifold_population", OTHER)
    assert shown.session.selection.site == OTHER
    assert dock._body.isHidden()
    choose(dock, "manifold_population", SITE)
    assert not dock._body.isHidden()
    assert shown.encoding.manifold_site == SITE
