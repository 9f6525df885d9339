"""Who may import whom, proved in fresh interpreters and from the source."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import napari_nfm

SOURCE = Path(napari_nfm.__file__).parent
CORE = [
    *("fnn", "stimuli", "recording", "analysis", "figures", "jobs", "side_by_side", "session"),
    *("site_results", "view_state", "plain_values", "saved_selection"),
    *(
        "staleness",
        "script",
        "script_lines",
        "script_results",
        "script_sources",
        "saved_session",
        "session_file",
        "session_sources",
        "selection_history",
    ),
    *("cli", "cli_encoding", "cli_scores", "terminal", "errors", "provenance"),
    *("palette", "titles", "colouring", "unit_columns"),
]
WINDOW_PACKAGES = {"napari", "qtpy", "PyQt6", "PySide6", "vispy", "magicgui", "pyqtgraph"}


def run_fresh(code):
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=120, check=False
    )
    assert result.returncode == 0, result.stderr
    return result.stdout.split()


def core_modules():
    for name in CORE:
        path = SOURCE / name
        files = sorted(path.rglob("*.py")) if path.is_dir() else [path.with_suffix(".py")]
        for file in files:
            parts = file.relative_to(SOURCE).with_suffix("").parts
            yield ".".join(("napari_nfm", *parts)).removesuffix(".__init__")


def test_the_core_loads_no_window_package():
    imports = "; ".join(f"import {module}" for module in core_modules())
    loaded = run_fresh(f"{imports}; import sys; print(*{{m.split('.')[0] for m in sys.modules}})")
    assert not WINDOW_PACKAGES & set(loaded)


def test_importing_the_package_and_finding_its_manifest_does_no_work():
    code = (
        "import sys, time, numpy; before = set(sys.modules); start = time.perf_counter(); "
        "import napari_nfm; print(time.perf_counter() - start, *set(sys.modules) - before)"
    )
    seconds, *loaded = run_fresh(code)
    allowed = {"napari_nfm", *sys.stdlib_module_names}
    assert {module.split(".")[0] for module in loaded} <= allowed
    assert float(seconds) < 0.3


def imported(file):
    """Return full names of what `file` imports, anywhere in it."""
    names = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def offenders(files, forbidden):
    return {
        f"{file.relative_to(SOURCE)} imports {name}"
        for file in files
        for name in imported(file)
        if any(name == word or name.startswith(f"{word}.") for word in forbidden)
    }


@pytest.mark.parametrize(
    ("files", "forbidden"),
    [
        ("analysis/**/*.py", {"napari_nfm.fnn", "napari_nfm.recording", "napari_nfm.stimuli"}),
        ("fnn/**/*.py", {"napari_nfm.recording", "napari_nfm.analysis", "napari_nfm.stimuli"}),
        ("stimuli/**/*.py", {"napari_nfm.recording", "napari_nfm.analysis", "napari_nfm.fnn"}),
        ("viewer/panels/**/*.py", {"torch", "scipy", "sklearn", "napari_nfm.analysis"}),
    ],
)
def test_rooms_stay_apart(files, forbidden):
    assert not offenders(SOURCE.glob(files), forbidden)


def test_only_the_worker_knows_threads():
    # matplotlib's settings are one for all threads, and figures have a lock on them
    # the cores that share one piece of work are all in side_by_side, which waits for them
    known = {
        SOURCE / "viewer" / "worker.py",
        SOURCE / "side_by_side.py",
        SOURCE / "figures" / "style.py",
    }
    files = [file for file in SOURCE.rglob("*.py") if file not in known]
    assert not offenders(
        files, {"threading", "concurrent", "napari.qt.threading", "qtpy.QtCore.QThread", "superqt"}
    )


def test_only_the_small_manifolds_know_vispy():
    # all else is drawn by napari's layers, or by Qt
    files = [file for file in SOURCE.rglob("*.py") if file.name != "small_manifolds.py"]
    assert not offenders(files, {"vispy", "OpenGL"})


def test_only_the_package_layers_adds_layers():
    pattern = {"add_image", "add_points", "add_tracks", "add_surface", "add_shapes", "add_vectors"}
    offending = [
        f"{file.relative_to(SOURCE)}:{node.lineno}"
        for file in (SOURCE / "viewer").rglob("*.py")
        if file.parent != SOURCE / "viewer" / "layers"
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute) and node.attr in {*pattern, "add_layer", "add_labels"}
    ]
    assert not offending
