"""Tubularity: how tightly the trajectories of one stimulus form a tube, and how they cross.

After Bertram et al. (arXiv 2601.21508), with variants, uncertainty and synthetic tubes of known
shape. `tubularity` is the way in.
"""

from napari_nfm.analysis.tubes.measure import tubularity
from napari_nfm.analysis.tubes.result import Tubularity
from napari_nfm.analysis.tubes.settings import PRESETS, TubularitySettings

__all__ = ["PRESETS", "Tubularity", "TubularitySettings", "tubularity"]
