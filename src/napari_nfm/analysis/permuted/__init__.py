"""Decompositions of response tensors into nonnegative components, with and without shifts."""

from napari_nfm.analysis.permuted.fit import permuted_cp, permuted_cp_objective
from napari_nfm.analysis.permuted.plain import nonnegative_cp
from napari_nfm.analysis.permuted.result import PermutedCP

__all__ = ["PermutedCP", "nonnegative_cp", "permuted_cp", "permuted_cp_objective"]
