"""What a comparison of two populations returns."""

from dataclasses import dataclass

import xarray as xr

from napari_nfm.provenance import Provenance

__all__ = ["Alignment"]


@dataclass(frozen=True)
class Alignment:
    """How alike two populations are, by one method.

    Attributes
    ----------
    score
        At most 1, for populations that the method cannot tell apart; see `alignment`.
    method
        Name of the method.
    details
        What the score is made of; the variables depend on the method.
    provenance
        The call that made this result, with what the first population said of itself.
    """

    score: float
    method: str
    details: xr.Dataset
    provenance: Provenance
