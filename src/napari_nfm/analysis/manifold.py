"""The encoding view: each point is a unit, and neighbours respond alike.

The encoding manifold of Dyballa et al. (2024) as Bertram et al. (arXiv 2601.21508) apply it to a
network: a permuted tensor decomposition of the responses, a matrix of the units' loadings, a graph
of each unit's neighbours, and the diffusion map of that graph.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pandas as pd

from napari_nfm.provenance import Provenance

if TYPE_CHECKING:
    from napari_nfm.analysis.neighbourhoods import IanGraph
    from napari_nfm.analysis.neural import NeuralMatrix
    from napari_nfm.analysis.permuted import PermutedCP
    from napari_nfm.analysis.preprocessing import EncodingTensor

__all__ = ["EncodingManifold"]

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
