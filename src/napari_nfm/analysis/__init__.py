"""Readouts of a population: arrays in, frozen results out.

Response tensors have the axes ``(unit, category, direction, time)``, as
`xarray.DataArray` or plain array.
"""

from napari_nfm.analysis.accuracy import DecodingAccuracy, decoding_accuracy
from napari_nfm.analysis.clusters import density_clusters
from napari_nfm.analysis.comparing import Alignment, alignment, alignment_matrix
from napari_nfm.analysis.decoding import (
    DecodingManifold,
    DecodingTrajectories,
    decoding_manifold,
    decoding_trajectories,
)
from napari_nfm.analysis.dimension import LocalDimension, local_dimension
from napari_nfm.analysis.direction_tuning import tuning
from napari_nfm.analysis.embedding import DiffusionMap, diffusion_map, principal_coordinates
from napari_nfm.analysis.encoding import encoding_manifold
from napari_nfm.analysis.errors import AnalysisError, ResponseTensorError
from napari_nfm.analysis.graph_statistics import GraphStatistics, graph_statistics
from napari_nfm.analysis.manifold import EncodingManifold
from napari_nfm.analysis.neighbourhoods import GraphHistory, IanGraph, ian_graph
from napari_nfm.analysis.neural import NeuralMatrix, neural_matrix
from napari_nfm.analysis.outliers import Outliers, find_outliers
from napari_nfm.analysis.permuted import (
    PermutedCP,
    nonnegative_cp,
    permuted_cp,
    permuted_cp_objective,
)
from napari_nfm.analysis.preprocessing import EncodingTensor, encoding_tensor
from napari_nfm.analysis.published import published_scores
from napari_nfm.analysis.rank import RankChoice, choose_rank, nuclear_value
from napari_nfm.analysis.rank_sweep import sweep_ranks
from napari_nfm.analysis.removal import RemovalSweep, removal_sweep
from napari_nfm.analysis.scorecard import Scorecard, score_sites
from napari_nfm.analysis.subpopulations import (
    PopulationScore,
    SubpopulationComparison,
    compare_subpopulation,
)
from napari_nfm.analysis.tubes import (
    Sensitivity,
    SyntheticTubes,
    TubeVariants,
    Tubularity,
    TubularitySettings,
    TubularityTest,
    synthetic_tubes,
    tube_calibration,
    tubularity,
    tubularity_difference,
    tubularity_null,
    tubularity_sensitivity,
    tubularity_variants,
)
from napari_nfm.analysis.unit_measures import unit_metrics
from napari_nfm.analysis.unit_selection import select_units
from napari_nfm.analysis.window_accuracy import WindowAccuracy

__all__ = [
    "Alignment",
    "AnalysisError",
    "DecodingAccuracy",
    "DecodingManifold",
    "DecodingTrajectories",
    "DiffusionMap",
    "EncodingManifold",
    "EncodingTensor",
    "GraphHistory",
    "GraphStatistics",
    "IanGraph",
    "LocalDimension",
    "NeuralMatrix",
    "Outliers",
    "PermutedCP",
    "PopulationScore",
    "RankChoice",
    "RemovalSweep",
    "ResponseTensorError",
    "Scorecard",
    "Sensitivity",
    "SubpopulationComparison",
    "SyntheticTubes",
    "TubeVariants",
    "Tubularity",
    "TubularitySettings",
    "TubularityTest",
    "WindowAccuracy",
    "alignment",
    "alignment_matrix",
    "choose_rank",
    "compare_subpopulation",
    "decoding_accuracy",
    "decoding_manifold",
    "decoding_trajectories",
    "density_clusters",
    "diffusion_map",
    "encoding_manifold",
    "encoding_tensor",
    "find_outliers",
    "graph_statistics",
    "ian_graph",
    "local_dimension",
    "neural_matrix",
    "nonnegative_cp",
    "nuclear_value",
    "permuted_cp",
    "permuted_cp_objective",
    "principal_coordinates",
    "published_scores",
    "removal_sweep",
    "score_sites",
    "select_units",
    "sweep_ranks",
    "synthetic_tubes",
    "tube_calibration",
    "tubularity",
    "tubularity_difference",
    "tubularity_null",
    "tubularity_sensitivity",
    "tubularity_variants",
    "tuning",
    "unit_metrics",
]
