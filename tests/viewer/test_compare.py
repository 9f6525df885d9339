"""The dock Compare: all sites in one table, their alignment, and their manifolds in a row."""

import numpy as np
import pandas as pd
import pytest
from manifold_builders import make_manifold
from panel_events import seen
from qtpy.QtCore import Qt
from qtpy.QtWidgets import QApplication, QLabel, QPushButton
from tube_builders import make_tubes

from napari_nfm.analysis import score_sites
from napari_nfm.viewer.compare_data import (
    COLUMNS,
    alignment_page,
    comparison_sheet,
    comparison_table,
)
from napari_nfm.viewer.docks import open_compare, our_docks
from napari_nfm.viewer.explorer import explorer_of
from napari_nfm.viewer.exports import comparison_exports
from napari_nfm.viewer.panels.compare import ComparePanel
from napari_nfm.viewer.panels.manifold_strip import ManifoldStrip
from napari_nfm.viewer.plans import TubeSettings

SITES = ("output", "encoder.L1", "retina")


@pytest.fixture(scope="module")
def responses():
    return {
        site: make_tubes(24, noise=0.4 / (i + 1), seed=i, n_frames=6, site=site)
        for i, site in enumerate(SITES)
    }


@pytest.fixture(scope="module")
def card(responses):
    return score_sites(responses, n_bootstrap=3)


@pytest.fixture
def explorer(model, responses):
    explorer = explorer_of(model)
    explorer.session.responses = responses
    explorer.session.selection.site = "output"
    explorer.session.add_manifold("encoder.L1", make_manifold(site="encoder.L1"))
    explorer.tubes.settings = TubeSettings(n_bootstrap=3)
    yield explorer
    explorer.close()


@pytest.fixture
def dock(explorer, model, qtbot):
    assert explorer.session.responses
    return seen(qtbot, ComparePanel(model), 1000, 420)


@pytest.fixture
def compared(explorer, dock, qtbot):
    qtbot.mouseClick(dock.findChild(QPushButton, "compare_all"), Qt.MouseButton.LeftButton)
    explorer.jobs.wait(120)
    return dock


def names(table):
    return [table.item(row, 0).text() for row in range(table.rowCount())]


def test_the_table_has_all_that_is_known_of_a_site(card):
    manifold = make_manifold()
    table = comparison_table(card, {"encoder.L1": manifold}).set_index("site")
    assert table.loc["retina", "s_tight"] == card.tubularity["retina"].mean_s_tight
    growing = card.accuracy["output", "knn"].growing
    assert table.loc["output", "accuracy_knn"] == float(growing.mean[-1])
    assert table.loc["encoder.L1", "clusters"] == 3
    channel = manifold.units["channel"].to_numpy()
    same = 2 * np.mean(channel[manifold.edges[:, 0]] == channel[manifold.edges[:, 1]])
    per_unit = same * len(manifold.edges) / len(manifold.units)
    assert table.loc["encoder.L1", "same_map"] == pytest.approx(per_unit)
    total = table.loc["encoder.L1", ["same_map", "other_map"]].sum()
    assert total == pytest.approx(2 * len(manifold.edges) / len(manifold.units))
    assert np.isnan(table.loc["output", "clusters"])
    aligned = card.alignment.sel(first="output", second=["encoder.L1", "retina"]).mean()
    assert table.loc["output", "alignment"] == pytest.approx(float(aligned))


def test_what_is_missing_says_how_to_get_it(card):
    sheet = comparison_sheet(card, {})
    assert [column.title for column in sheet.columns] == [c.title for c in COLUMNS.values()]
    clusters = list(COLUMNS).index("clusters")
    assert "encoding manifold" in sheet.rows[0][clusters].meaning


def test_a_site_that_cannot_be_scored_has_a_row_with_the_reason(responses):
    silent = score_sites({"output": 0 * responses["output"]}, n_bootstrap=0)
    cells = dict(zip(COLUMNS, comparison_sheet(silent, {}).rows[0], strict=True))
    for name in ("s_tight", "s_cross", "accuracy_knn"):
        assert cells[name].text == "–"
        assert cells[name].meaning == silent.table.loc[0, "why_not"] != ""
    assert alignment_page(silent) is None
    assert cells["alignment"].text == "–"


def test_alignment_is_that_of_the_scorecard(card):
    page = alignment_page(card)
    assert page.titles == ("Output", "Encoder L1", "retina")
    np.testing.assert_array_equal(page.scores, card.alignment.values)


def test_an_empty_dock_says_what_to_do(model, qtbot):
    dock = ComparePanel(model)
    qtbot.addWidget(dock)
    with qtbot.waitExposed(dock):
        dock.show()
    assert "Compare all" in dock.findChild(QLabel, "compare_panel_empty").text()
    assert not dock.findChild(QPushButton, "compare_all").isEnabled()
    assert dock.manifolds.isHidden()


def test_all_sites_are_compared_and_sorted(explorer, compared):
    assert names(compared.table) == ["Output", "Encoder L1", "retina"]
    assert set(explorer.session.scores) == set(SITES), "the session has the scores too"
    assert set(explorer.session.accuracies) == {(s, c) for s in SITES for c in ("knn", "logistic")}
    place = list(COLUMNS).index("s_tight")
    compared.table.sortByColumn(place, Qt.SortOrder.AscendingOrder)
    ordered = sorted(SITES, key=lambda site: explorer.session.scores[site].mean_s_tight)
    shown = [compared.table.item(row, 0).cell.value for row in range(3)]
    assert shown == ordered
    np.testing.assert_array_equal(
        compared.alignment._image.image, explorer.session.scorecard.alignment.values
    )


def test_a_click_on_a_row_goes_to_its_site(explorer, compared):
    compared.table.itemClicked.emit(compared.table.item(1, 3))
    assert explorer.session.selection.site == "encoder.L1"


def test_enter_on_a_row_goes_to_its_site(explorer, dock, card, qtbot):
    explorer.session.scorecard = card
    dock.activateWindow()
    dock.table.setFocus(Qt.FocusReason.TabFocusReason)
    qtbot.waitUntil(dock.table.hasFocus)
    for key in (Qt.Key.Key_Down, Qt.Key.Key_Down, Qt.Key.Key_Return):
        qtbot.keyClick(dock.table, key)
    assert explorer.session.selection.site == "retina"


def test_a_click_on_a_small_manifold_shows_it(explorer, dock, qtbot):
    strip = dock.manifolds.strip
    assert [manifold.site for manifold in strip.manifolds] == ["encoder.L1"]
    qtbot.mouseClick(strip, Qt.MouseButton.LeftButton, pos=strip.picture(0).center())
    assert explorer.encoding.manifold_site == "encoder.L1"
    assert strip.site == "encoder.L1"


def test_manifolds_have_the_room_that_no_table_needs(explorer, dock, card):
    without_table = dock.manifolds.height()
    explorer.session.scorecard = card
    assert without_table > dock.manifolds.height() >= 150


def test_other_responses_make_the_comparison_stale(explorer, compared):
    note = compared.findChild(QLabel, "stale_note")
    assert note.isHidden()
    explorer.session.add_responses({"output": make_tubes(24, seed=9, n_frames=6)})
    assert not note.isHidden()
    assert "The comparison is of other responses" in note.text()
    assert compared.table.rowCount() == 3


def test_what_is_compared_is_saved(card, tmp_path):
    for export in comparison_exports(card, {}):
        export.write(tmp_path / export.name)
    saved = pd.read_csv(tmp_path / "compare_sites.csv", comment="#")
    np.testing.assert_allclose(saved["s_tight"], card.table["s_tight"])
    aligned = pd.read_csv(tmp_path / "alignment.csv", comment="#")
    np.testing.assert_allclose(aligned["alignment"], card.alignment.values.ravel())
    assert (tmp_path / "compare_sites.svg").stat().st_size > 1000


def test_small_manifolds_are_drawn_in_a_floating_dock_too(viewer):
    explorer = explorer_of(viewer)
    explorer.session.add_manifold("encoder.L1", make_manifold(site="encoder.L1"))
    viewer.window._qt_window.show()
    open_compare(viewer)
    dock = our_docks(viewer)["Compare"]
    strip = dock.widget().findChild(ManifoldStrip)

    def n_colours():
        QApplication.processEvents()
        place = strip.picture(0)
        image = strip.grab(place).toImage()
        return len({image.pixel(x, y) for x in range(image.width()) for y in range(image.height())})

    docked = n_colours()
    for is_floating in (True, False):
        dock.setFloating(is_floating)
        assert n_colours() > 0.5 * docked > 20
        strip.drawn.turn(20, 0)
        strip.redraw()
        assert n_colours() > 0.5 * docked
