"""Collecting activations on the way through the network."""

from collections.abc import Iterable, Mapping

from torch import Tensor

__all__ = ["Activity", "Window"]

Window = tuple[slice, slice]
"""Rows and columns of a map."""


class Activity(dict[str, Tensor]):
    """The activations that somebody asked for, by name.

    Parameters
    ----------
    names
        What to keep: recording sites, or paths of inner activations.
    windows
        The part of the maps to keep; all of it where a name has none.
    """

    def __init__(self, names: Iterable[str], windows: Mapping[str, Window] | None = None) -> None:
        super().__init__()
        self.names = frozenset(names)
        self.windows = windows or {}

    def wants(self, name: str) -> bool:
        """Say whether `name` was asked for, where it would have to be computed first."""
        return name in self.names

    def offer(self, name: str, tensor: Tensor) -> None:
        """Keep a tensor where `name` was asked for."""
        if self.wants(name):
            self[name] = self.cut(name, tensor)

    def cut(self, name: str, tensor: Tensor) -> Tensor:
        """Return the part of ``(..., y, x)`` that shall be kept, a view."""
        if name not in self.windows:
            return tensor
        rows, columns = self.windows[name]
        return tensor[..., rows, columns]
