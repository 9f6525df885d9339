"""The encoding view: each point is a unit, and neighbours respond alike.

The encoding manifold of Dyballa et al. (2024) as Bertram et al. (arXiv 2601.21508) apply it to a
network: a permuted tensor decomposition of the responses, a matrix of the units' loadings, a graph
of each unit's neighbours, and the diffusion map of that graph.
"""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pandas as pd

from napari_nfm.analysis.archive import ArchiveError, read_archive, write_archive, write_text
from napari_nfm.analysis.errors import AnalysisError
from napari_nfm.provenance import Provenance

if TYPE_CHECKING:
    from napari_nfm.analysis.neighbourhoods import IanGraph
    from napari_nfm.analysis.neural import NeuralMatrix
    from napari_nfm.analysis.permuted import PermutedCP
    from napari_nfm.analysis.preprocessing import EncodingTensor

__all__ = ["EncodingManifold"]

ARCHIVE = "manifold.npz"

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]


@dataclass(frozen=True)
class EncodingManifold:
    """Units as points, and every step that led there.

    Attributes
    ----------
    units
        One row per unit on the manifold; the index ``unit`` is the unit's position in the given
        responses. Columns ``site``, ``channel``, ``y`` and ``x`` where the responses have them;
        ``cluster`` (-1 is none); ``preferred_stimulus``; ``preferred_direction`` in degrees;
        ``osi`` and ``dsi``; ``mean_activity`` and ``temporal_variance`` of the given responses;
        ``local_dimension``; ``degree``, the number of neighbours; and ``factor_1`` to
        ``factor_R``, the neural matrix.
    coordinates
        ``(unit, component)``, diffusion map.
    principal_coordinates
        ``(unit, component)``, at most ten principal components of the diffusion coordinates.
    eigenvalues
        ``(component,)``, of the diffusion map.
    edges
        ``(edge, 2)``, neighbours, as row numbers of `units`.
    stimuli
        Names of the stimuli of the tensor.
    directions
        Directions of motion in degrees.
    n_frames
        Number of time points.
    tensor
        What was decomposed; all units that respond.
    decomposition
        Its factors; all units that respond.
    matrix
        The units' loadings; all units that respond.
    graph
        The neighbours; units that respond and are no outliers, the disconnected included.
    left_out
        Units that are not on the manifold: index ``unit`` as in `units`, and the column ``reason``
        with ``"silent"``, ``"isolated"``, ``"near-duplicate"`` or ``"disconnected"``.
    provenance
        The call that made this result.
    """

    units: pd.DataFrame
    coordinates: FloatArray
    principal_coordinates: FloatArray
    eigenvalues: FloatArray
    edges: IntArray
    stimuli: tuple[str, ...]
    directions: tuple[float, ...]
    n_frames: int
    tensor: "EncodingTensor"
    decomposition: "PermutedCP"
    matrix: "NeuralMatrix"
    graph: "IanGraph"
    left_out: pd.DataFrame
    provenance: Provenance

    def save(self, folder: str | Path) -> None:
        """Write a folder with everything, the same bytes for the same manifold.

        ``units.csv`` and ``left_out.csv`` are the tables, ``provenance.json`` says what was
        computed of what, and ``manifold.npz`` holds the whole result for `load`. Files of an
        earlier manifold are replaced; others in the folder are left alone.

        Raises
        ------
        AnalysisError
            The folder cannot be written.
        """
        folder = Path(folder).expanduser()
        texts = {
            "units.csv": self.units.to_csv(lineterminator="\n"),
            "left_out.csv": self.left_out.to_csv(lineterminator="\n"),
            "provenance.json": json.dumps(asdict(self.provenance), indent=1, default=str) + "\n",
        }
        try:
            write_archive(folder / ARCHIVE, self)
            for name, text in texts.items():
                write_text(folder / name, text)
        except OSError as error:
            raise AnalysisError(
                f"The manifold cannot be written to {folder} ({error.strerror or error})",
                "check the folder, its permissions and the space on the disk",
            ) from error

    @classmethod
    def load(cls, folder: str | Path) -> "EncodingManifold":
        """Read a folder that `save` has written; nothing in it is ever run.

        Raises
        ------
        ArchiveError
            The folder or its ``manifold.npz`` is missing, damaged, or of another kind.
        """
        path = Path(folder).expanduser() / ARCHIVE
        manifold = read_archive(path)
        if not isinstance(manifold, cls):
            raise ArchiveError(
                f"The file {path} holds a {type(manifold).__name__} and no manifold",
                "choose a folder that a manifold was saved to",
            )
        return manifold
