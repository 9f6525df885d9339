"""Tubularity: how tightly the trajectories of one stimulus form a tube, and how they cross.

After Bertram et al. (arXiv 2601.21508), with variants, uncertainty and synthetic tubes of known
shape. `tubularity` is the way in.
"""

from napari_nfm.analysis.tubes.difference import tubularity_difference
from napari_nfm.analysis.tubes.label_null import tubularity_null
from napari_nfm.analysis.tubes.measure import tubularity
from napari_nfm.analysis.tubes.outcome import TubularityTest
from napari_nfm.analysis.tubes.result import Tubularity
from napari_nfm.analysis.tubes.sensitivity import Sensitivity, tubularity_sensitivity
from napari_nfm.analysis.tubes.settings import PRESETS, TubularitySettings
from napari_nfm.analysis.tubes.synthetic import SyntheticTubes, synthetic_tubes, tube_calibration
from napari_nfm.analysis.tubes.variants import TubeVariants, tubularity_variants

__all__ = [
    "PRESETS",
    "Sensitivity",
    "SyntheticTubes",
    "TubeVariants",
    "Tubularity",
    "TubularitySettings",
    "TubularityTest",
    "synthetic_tubes",
    "tube_calibration",
    "tubularity",
    "tubularity_difference",
    "tubularity_null",
    "tubularity_sensitivity",
    "tubularity_variants",
]
