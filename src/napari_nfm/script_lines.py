"""A Python script as it is written: its lines, and what they import."""

from collections.abc import Iterator, Mapping
from typing import Any

from napari_nfm import __version__
from napari_nfm.errors import NeuralFoundationModelError

__all__ = ["Script", "ScriptError", "arguments"]


class ScriptError(NeuralFoundationModelError):
    """There is nothing to compute, or what is shown cannot be computed again from files."""


class Script:
    """Lines of a script, and what they import."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self._imports: dict[str, set[str]] = {}

    def use(self, module: str, name: str) -> str:
        """Import a name and return it."""
        self._imports.setdefault(module, set()).add(name)
        return name

    def write(self, *lines: str) -> None:
        """Add lines."""
        self.lines.extend(lines)

    def has(self, variable: str) -> bool:
        """Tell whether a variable was given a value already."""
        return any(line.startswith(f"{variable} = ") for line in self.lines)

    def text(self) -> str:
        """Return the whole script."""
        imports = [
            f"from {module} import {', '.join(sorted(names, key=str.lower))}"
            for module, names in sorted(self._imports.items())
        ]
        head = f'"""What a window of napari-nfm {__version__} showed, computed without it."""'
        return "\n".join((head, "", *imports, "", *self.lines, ""))


def arguments(values: Mapping[str, Any]) -> Iterator[str]:
    """Yield each value as an argument of a call."""
    return (f"{name}={value!r}" for name, value in values.items())
