"""What pages and docstrings name is there."""

import ast
import importlib
import re
from pathlib import Path

import pytest

import napari_nfm

ROOT = Path(__file__).resolve().parents[1]
SOURCE = Path(napari_nfm.__file__).parent
PAGES = [ROOT / "README.md", *ROOT.glob("docs/*.md"), *SOURCE.glob("resources/**/*.md")]


def resolve(dotted):
    """Return what a dotted name is, importing the longest part of it that is a module."""
    parts = dotted.split(".")
    for length in range(len(parts), 0, -1):
        try:
            found = importlib.import_module(".".join(parts[:length]))
        except ModuleNotFoundError as error:
            if not dotted.startswith(str(error.name)):
                raise
            continue
        for part in parts[length:]:
            known = getattr(found, "__annotations__", {})
            found = getattr(found, part) if hasattr(found, part) else known[part]
        return found
    raise ModuleNotFoundError(dotted)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_examples_import_what_there_is(page):
    for example in re.findall(r"```python\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL):
        for node in ast.walk(ast.parse(example)):
            if isinstance(node, ast.ImportFrom) and node.module.startswith("napari_nfm"):
                for alias in node.names:
                    resolve(f"{node.module}.{alias.name}")


def test_full_names_are_of_what_there_is():
    places = [*PAGES, *SOURCE.rglob("*.py")]
    named = {
        name: place
        for place in places
        for name in re.findall(r"`(napari_nfm(?:\.\w+)+)(?:\(\))?`", place.read_text("utf-8"))
    }
    assert len(named) > 20
    missing = []
    for name, place in named.items():
        try:
            resolve(name)
        except (ModuleNotFoundError, AttributeError, KeyError):
            missing.append(f"{place.name}: {name}")
    assert not missing
