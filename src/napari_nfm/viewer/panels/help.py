"""The tutorial that comes with the plugin, to read beside the window it is about."""

from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qtpy.QtCore import QSize, Qt, QUrl
from qtpy.QtGui import QImage, QTextDocument
from qtpy.QtWidgets import QTextBrowser, QVBoxLayout, QWidget

if TYPE_CHECKING:
    from napari.viewer import Viewer

__all__ = ["HelpPanel"]

WIDTH = 560
MARGIN = 40


class HelpPanel(QWidget):
    """The tutorial with its pictures; works without a network.

    Parameters
    ----------
    napari_viewer
        The viewer that the dock is in.
    """

    def __init__(self, napari_viewer: "Viewer") -> None:  # noqa: ARG002
        super().__init__()
        self.setObjectName("help_panel")
        folder = Path(str(files("napari_nfm") / "resources" / "tutorial"))
        page = _Page(folder)
        page.setObjectName("help_page")
        page.setOpenExternalLinks(True)
        page.setMarkdown((folder / "tutorial.md").read_text(encoding="utf-8"))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(page)

    def sizeHint(self) -> QSize:
        """Ask for a readable width."""
        return QSize(WIDTH, 800)


class _Page(QTextBrowser):
    """Shows pictures from one folder, no wider than the page."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self._folder = folder

    def loadResource(self, kind: int, name: QUrl) -> Any:
        if kind != QTextDocument.ResourceType.ImageResource.value:
            return super().loadResource(kind, name)
        picture = QImage(str(self._folder / name.path()))
        if picture.width() <= WIDTH - MARGIN:
            return picture
        return picture.scaledToWidth(WIDTH - MARGIN, Qt.TransformationMode.SmoothTransformation)
