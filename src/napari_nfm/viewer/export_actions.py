"""Saving readouts as tables and figures."""

from pathlib import Path

from napari.utils.notifications import show_info
from qtpy.QtCore import QObject

from napari_nfm.jobs import Progress, ShouldStop, report
from napari_nfm.viewer.exports import Export
from napari_nfm.viewer.running import Jobs
from napari_nfm.viewer.worker import Job

__all__ = ["ExportActions"]


class ExportActions(QObject):
    """The actions of one viewer that save readouts; a job ``export PATH`` for each file.

    Parameters
    ----------
    jobs
        Who runs what takes long.
    parent
        Object that owns these actions.
    """

    def __init__(self, jobs: Jobs, parent: QObject) -> None:
        super().__init__(parent)
        self._jobs = jobs

    def save(self, export: Export, path: Path) -> Job:
        """Write `export` to the file `path`; its ending says in which format."""
        return self._jobs.start(f"export {path}", self._tell, _write, export, path)

    def _tell(self, path: Path) -> None:
        show_info(f"Saved {path}")


def _write(
    export: Export,
    path: Path,
    *,
    progress: Progress | None = None,
    should_stop: ShouldStop | None = None,  # noqa: ARG001
) -> Path:
    report(progress, 0, 0, f"Saving {path.name}")
    export.write(path)
    return path
