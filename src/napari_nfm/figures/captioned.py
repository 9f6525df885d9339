"""A figure with its caption and the data it shows, and how these are written to files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from napari_nfm.figures.errors import FigureError
from napari_nfm.figures.style import matplotlib_settings

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from pandas import DataFrame

__all__ = ["FORMATS", "CaptionedFigure", "save_figure"]

FORMATS = (".png", ".svg", ".pdf")

# Letters stay letters in SVG and PDF, so that a layout programme can change them.
_SETTINGS: dict[Any, Any] = {
    "svg.hashsalt": "napari-nfm",
    "svg.fonttype": "none",
    "pdf.fonttype": 42,
}

# The names under which each format keeps a text; without a date, the same figure is the same bytes.
_CAPTION: dict[str, dict[str, Any]] = {
    ".png": {"key": "Description", "Software": None},
    ".svg": {"key": "Description", "Date": None, "Creator": "napari-nfm"},
    ".pdf": {"key": "Subject", "CreationDate": None, "Creator": "napari-nfm", "Producer": None},
}


@dataclass(frozen=True)
class CaptionedFigure:
    """A figure, what to write under it, and what it shows as numbers.

    Attributes
    ----------
    figure
        Of matplotlib.
    caption
        What is shown and how it was made, with the parameters, in sentences.
    tables
        What is drawn, by name; written beside the figure as ``NAME_TABLE.csv``.
    """

    figure: Figure
    caption: str
    tables: Mapping[str, DataFrame] = field(default_factory=dict)

    def save(self, path: str | Path) -> tuple[Path, ...]:
        """Write the figure, its caption (``.txt``) and its tables (``.csv``) beside each other.

        Parameters
        ----------
        path
            The ``.png``, ``.svg`` or ``.pdf`` file; what lies beside it begins with its name.

        Returns
        -------
        tuple of Path
            What was written, the figure first.

        Raises
        ------
        FigureError
            The file has another ending, or cannot be written.
        """
        path = Path(path)
        save_figure(self.figure, path, caption=self.caption)
        caption = path.with_suffix(".txt")
        caption.write_text(f"{self.caption}\n", encoding="utf-8")
        written = [path, caption]
        for name, table in self.tables.items():
            written.append(path.with_name(f"{path.stem}_{name}.csv"))
            table.to_csv(written[-1], index=False, lineterminator="\n")
        return tuple(written)


def save_figure(figure: Figure, path: str | Path, *, caption: str = "") -> None:
    """Write a figure as PNG, SVG or PDF; the same figure gives the same bytes.

    Parameters
    ----------
    figure
        Of matplotlib.
    path
        The ``.png``, ``.svg`` or ``.pdf`` file to write.
    caption
        Kept in the file, where programmes look for a description.

    Raises
    ------
    FigureError
        The file has another ending, or cannot be written.
    """
    path = Path(path)
    suffix = path.suffix.lower()
    if suffix not in FORMATS:
        raise FigureError(f"The figure {path.name} has no known ending", "give .png, .svg or .pdf")
    metadata = dict(_CAPTION[suffix])
    metadata[metadata.pop("key")] = caption or None
    try:
        with matplotlib_settings(_SETTINGS):
            figure.savefig(path, dpi=figure.dpi, metadata=metadata)
    except OSError as error:
        raise FigureError(
            f"The figure {path} cannot be written ({error.strerror})", "choose another folder"
        ) from error
