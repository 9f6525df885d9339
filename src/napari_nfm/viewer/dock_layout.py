"""Where docks are in a window, as plain values that a session keeps; no Qt.

Sizes and places are in pixels of a screen, as Qt counts them.
"""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from napari_nfm.plain_values import check_integer, check_list, check_mapping, check_text

__all__ = ["AREAS", "DockGroup", "DockLayout", "fit_inside"]

AREAS = ("left", "right", "top", "bottom")
FARTHEST = 100_000
"""No place on any screen is farther from the window, in pixels."""

Rectangle = tuple[int, int, int, int]
"""Left, top, width and height."""


@dataclass(frozen=True)
class DockGroup:
    """Docks that stand on top of one another as tabs, or one dock alone.

    Attributes
    ----------
    tabs
        Their names, in the order of the tabs.
    front
        The one that is seen; None where somebody else's dock is.
    size
        Width and height.
    """

    tabs: tuple[str, ...]
    front: str | None
    size: tuple[int, int]


@dataclass(frozen=True)
class DockLayout:
    """Which of our docks are open, and where.

    Attributes
    ----------
    window
        Width and height of the main window.
    areas
        By area, the groups of docks in it: from the top in those at the sides, from the left in
        those at the top and bottom.
    floating
        Places of floating docks, from the top left of the main window.
    pages
        The page that is in front inside a dock, by dock.
    """

    window: tuple[int, int]
    areas: Mapping[str, tuple[DockGroup, ...]] = field(default_factory=dict)
    floating: Mapping[str, Rectangle] = field(default_factory=dict)
    pages: Mapping[str, str] = field(default_factory=dict)

    @property
    def docks(self) -> tuple[str, ...]:
        """Names of all docks that are open."""
        return tuple(self._names())

    @property
    def seen(self) -> tuple[str, ...]:
        """Names of the docks that no other stands on."""
        fronts = (group.front for groups in self.areas.values() for group in groups)
        return (*(name for name in fronts if name is not None), *self.floating)

    def _names(self) -> Iterator[str]:
        for groups in self.areas.values():
            for group in groups:
                yield from group.tabs
        yield from self.floating

    def without(self, names: frozenset[str]) -> "DockLayout":
        """Return the layout without some docks."""

        def left_of(group: DockGroup) -> DockGroup:
            tabs = tuple(name for name in group.tabs if name not in names)
            return DockGroup(tabs, group.front if group.front in tabs else None, group.size)

        areas = {
            area: tuple(left for group in groups if (left := left_of(group)).tabs)
            for area, groups in self.areas.items()
        }
        floating = {name: place for name, place in self.floating.items() if name not in names}
        return DockLayout(self.window, areas, floating, self.pages)

    def plain(self) -> dict[str, Any]:
        """Return values for JSON, from which `read` makes the same layout."""
        return asdict(self)

    @classmethod
    def read(cls, value: Any) -> "DockLayout":
        """Return the layout that a file has, of which nothing is taken for granted.

        Raises
        ------
        ValueError
            It is damaged: no such values, out of all range, or a dock is in two places.
        """
        given = check_mapping(value, ("window", "areas", "floating", "pages"))
        areas = {
            check_text(area, AREAS): tuple(_read_group(group) for group in check_list(groups))
            for area, groups in check_mapping(given["areas"]).items()
        }
        floating = check_mapping(given["floating"])
        layout = cls(
            window=_read_size(given["window"]),
            areas=areas,
            floating={name: _read_rectangle(place) for name, place in floating.items()},
            pages={name: check_text(page) for name, page in check_mapping(given["pages"]).items()},
        )
        if len(set(layout.docks)) != len(layout.docks):
            raise ValueError("a dock is in two places")
        return layout


def _read_group(value: Any) -> DockGroup:
    given = check_mapping(value, ("tabs", "front", "size"))
    tabs = tuple(check_text(name) for name in check_list(given["tabs"]))
    front = None if given["front"] is None else check_text(given["front"], tabs)
    return DockGroup(tabs, front, _read_size(given["size"]))


def _read_size(value: Any) -> tuple[int, int]:
    width, height = (check_integer(length, 1, FARTHEST) for length in check_list(value, 2))
    return width, height


def _read_rectangle(value: Any) -> Rectangle:
    left, top, width, height = check_list(value, 4)
    return (
        check_integer(left, -FARTHEST, FARTHEST),
        check_integer(top, -FARTHEST, FARTHEST),
        *_read_size([width, height]),
    )


def fit_inside(rectangle: Rectangle, screen: Rectangle) -> Rectangle:
    """Return a rectangle moved, and shrunk where it must be, so that all of it is on a screen."""
    left, top, width, height = rectangle
    width, height = min(width, screen[2]), min(height, screen[3])
    return (
        min(max(left, screen[0]), screen[0] + screen[2] - width),
        min(max(top, screen[1]), screen[1] + screen[3] - height),
        width,
        height,
    )
