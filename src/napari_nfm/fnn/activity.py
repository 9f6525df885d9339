"""Collecting activations on the way through the network."""

from collections.abc import Iterable

from torch import Tensor

__all__ = ["Activity"]


class Activity(dict[str, Tensor]):
    """The activations that somebody asked for, by name.

    Parameters
    ----------
    names
        What to keep: recording sites, or paths of inner activations.
    """

    def __init__(self, names: Iterable[str]) -> None:
        super().__init__()
        self.names = frozenset(names)

    def wants(self, name: str) -> bool:
        """Say whether `name` was asked for, where it would have to be computed first."""
        return name in self.names

    def offer(self, name: str, tensor: Tensor) -> None:
        """Keep a tensor where `name` was asked for."""
        if self.wants(name):
            self[name] = tensor
