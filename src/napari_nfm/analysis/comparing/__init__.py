"""Alignment of two populations that saw the same stimuli."""

from napari_nfm.analysis.comparing.pairs import alignment, alignment_matrix
from napari_nfm.analysis.comparing.result import Alignment

__all__ = ["Alignment", "alignment", "alignment_matrix"]
