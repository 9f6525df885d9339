"""What the colours of the encoding manifold mean: a line per category, or a bar with numbers."""

from collections.abc import Sequence

from qtpy.QtCore import QRect, QSize, Qt
from qtpy.QtGui import QColor, QLinearGradient, QPainter, QPaintEvent
from qtpy.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget

from napari_nfm.colouring import CategoricalLegend, LegendEntry, ScaleLegend
from napari_nfm.palette import CategoryLook
from napari_nfm.viewer.markers import marker_pixmap

__all__ = ["ColourBar", "UnitLegend"]

MARKER = 14
MOST_IN_ONE_COLUMN = 8


class UnitLegend(QWidget):
    """Shows one legend at a time."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("unit_legend")
        self._title = QLabel()
        self._title.setObjectName("unit_legend_title")
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(3)
        self._layout.addWidget(self._title)
        self._body: QWidget | None = None
        # Spare height is not for the rows, which belong together.
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)

    def show_legend(self, legend: CategoricalLegend | ScaleLegend | None) -> None:
        """Show `legend` in place of the one before, or nothing."""
        if self._body is not None:
            self._layout.removeWidget(self._body)
            self._body.hide()  # it is deleted only when the event loop comes round
            self._body.deleteLater()
            self._body = None
        self.setVisible(legend is not None)
        if legend is None:
            return
        self._title.setText(f"<b>{legend.title}</b>")
        if isinstance(legend, ScaleLegend):
            self._body = _Scale(legend)
        else:
            self._body = _Categories(legend.entries)
        self._layout.addWidget(self._body)


class _Categories(QWidget):
    """A marker, a name and a count per category."""

    def __init__(self, entries: Sequence[LegendEntry]) -> None:
        super().__init__()
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(6)
        grid.setVerticalSpacing(2)
        n_columns = 1 if len(entries) <= MOST_IN_ONE_COLUMN else 2
        n_rows = -(-len(entries) // n_columns)
        for index, entry in enumerate(entries):
            column, row = divmod(index, n_rows)
            swatch, label, count = QLabel(), QLabel(entry.label), QLabel(f"{entry.n_units:,}")
            swatch.setPixmap(marker_pixmap(CategoryLook(entry.colour, entry.symbol), MARKER))
            label.setObjectName(f"unit_legend_entry_{index}")
            count.setObjectName(f"unit_legend_count_{index}")
            count.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            count.setToolTip("Units on the manifold")
            for place, widget in enumerate((swatch, label, count)):
                grid.addWidget(widget, row, 4 * column + place)
            grid.setColumnStretch(4 * column + 1, 1)
        if n_columns > 1:
            grid.setColumnMinimumWidth(3, 12)


class _Scale(QWidget):
    """A colour bar with its numbers, and how many units have none."""

    def __init__(self, legend: ScaleLegend) -> None:
        super().__init__()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        column.addWidget(ColourBar(legend.colours))
        numbers = QHBoxLayout()
        middle = (legend.low + legend.high) / 2
        sides = (
            Qt.AlignmentFlag.AlignLeft,
            Qt.AlignmentFlag.AlignHCenter,
            Qt.AlignmentFlag.AlignRight,
        )
        for name, value, side in zip(
            ("low", "middle", "high"), (legend.low, middle, legend.high), sides, strict=True
        ):
            # Next to the others, a tiny number is nought.
            tiny = abs(value) < 1e-3 * max(abs(legend.low), abs(legend.high))
            number = QLabel("0" if tiny else f"{value:.3g}")
            number.setObjectName(f"unit_legend_{name}")
            number.setAlignment(side)
            numbers.addWidget(number, 1)
        column.addLayout(numbers)
        if legend.n_missing:
            column.addWidget(QLabel(f"grey: {legend.n_missing:,} units without a value"))


class ColourBar(QWidget):
    """A bar that goes through `colours`, evenly spaced."""

    def __init__(self, colours: Sequence[str]) -> None:
        super().__init__()
        self.setObjectName("colour_bar")
        self._colours = [QColor(colour) for colour in colours]
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        """Return the size of a bar that reads well."""
        return QSize(160, 14)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw the bar."""
        gradient = QLinearGradient(0, 0, self.width(), 0)
        for index, colour in enumerate(self._colours):
            gradient.setColorAt(index / max(1, len(self._colours) - 1), colour)
        painter = QPainter(self)
        painter.fillRect(QRect(0, 0, self.width(), self.height()), gradient)
        painter.end()
