"""Tables in docks: what is written, and how they sort."""

import math

import pytest
from qtpy.QtCore import Qt

from napari_nfm.palette import CategoryLook
from napari_nfm.viewer.cells import Cell, Column, Sheet
from napari_nfm.viewer.panels.sheet import SheetTable
from napari_nfm.viewer.score_marks import Mark

SHEET = Sheet(
    (Column("Site", "where"), Column("S_tight", "lower is tighter")),
    tuple(
        (Cell(name, name), Cell.number(value, why_missing="too few units"))
        for name, value in (("a", 10.0), ("b", math.nan), ("c", 9.0), ("d", 0.5))
    ),
)


@pytest.fixture
def table(qtbot):
    table = SheetTable("scores", "Scores")
    qtbot.addWidget(table)
    table.show_sheet(SHEET)
    return table


def names(table):
    return "".join(table.item(row, 0).text() for row in range(table.rowCount()))


def test_rows_are_shown_in_their_order_until_sorted(table):
    assert names(table) == "abcd"
    assert table.horizontalHeaderItem(1).toolTip() == "lower is tighter"
    assert table.item(1, 1).text() == "–"
    assert table.item(1, 1).toolTip() == "too few units"


def test_numbers_sort_as_numbers_and_the_missing_last(table):
    table.sortByColumn(1, Qt.SortOrder.AscendingOrder)
    assert names(table) == "dcab"
    table.sortByColumn(1, Qt.SortOrder.DescendingOrder)
    assert names(table) == "acdb"


def test_the_order_is_kept_when_numbers_change(table):
    table.sortByColumn(1, Qt.SortOrder.AscendingOrder)
    table.show_sheet(Sheet(SHEET.columns, SHEET.rows[:1] + SHEET.rows[3:]))
    assert names(table) == "da"


def test_marks_have_their_intervals():
    cell = Cell.mark(Mark(0.1, (0.05, 0.2), "Output: S_tight"))
    assert cell.text == "0.1 (0.05 – 0.2)"
    assert (cell.value, cell.meaning) == (0.1, "Output: S_tight")
    assert Cell.mark(Mark(0.1, None, "")).text == "0.1"
    assert math.isnan(Cell.mark(None).value)


def test_a_look_is_drawn_before_the_text(qtbot):
    table = SheetTable("bundles", "")
    qtbot.addWidget(table)
    cell = Cell("Dark dots", "Dark dots", look=CategoryLook("#4477AA", "disc"))
    table.show_sheet(Sheet((Column("Bundle", ""),), ((cell,),)))
    image = table.item(0, 0).icon().pixmap(24, 24).toImage()
    assert image.pixelColor(6, 6).name() == "#4477aa"


def test_a_row_is_chosen_by_key(table, qtbot):
    with qtbot.waitExposed(table):
        table.show()
    table.activateWindow()
    table.setFocus(Qt.FocusReason.TabFocusReason)
    qtbot.waitUntil(table.hasFocus)
    assert [item.row() for item in table.selectedItems()] == [0, 0], "seen from the first"
    qtbot.keyClick(table, Qt.Key.Key_Down)
    qtbot.keyClick(table, Qt.Key.Key_Down)
    with qtbot.waitSignal(table.row_chosen, timeout=3000) as told:
        qtbot.keyClick(table, Qt.Key.Key_Return)
    assert told.args[0].row() == 2
    table.sortByColumn(1, Qt.SortOrder.AscendingOrder)
    with qtbot.waitSignal(table.row_chosen, timeout=3000) as told:
        qtbot.mouseClick(
            table.viewport(),
            Qt.MouseButton.LeftButton,
            pos=table.visualItemRect(table.item(0, 1)).center(),
        )
    assert told.args[0].cell.value == 0.5


def test_a_double_click_and_enter_choose_a_row_once_each(table, qtbot):
    with qtbot.waitExposed(table):
        table.show()
    chosen = []
    table.row_chosen.connect(lambda item: chosen.append(item.row()))
    place = table.visualItemRect(table.item(1, 0)).center()
    left = Qt.MouseButton.LeftButton
    for happens in (qtbot.mouseClick, qtbot.mouseDClick, qtbot.mouseRelease):
        happens(table.viewport(), left, pos=place)
    assert chosen == [1]
    qtbot.keyClick(table, Qt.Key.Key_Enter)
    assert chosen == [1, 1]
