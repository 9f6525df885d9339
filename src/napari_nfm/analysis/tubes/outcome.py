"""The outcome of a permutation test."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from napari_nfm.analysis.tubes.curves import FloatArray
from napari_nfm.provenance import Provenance

__all__ = ["TubularityTest", "outcome_of"]


@dataclass(frozen=True)
class TubularityTest:
    """Observed scores beside those that chance gives.

    Attributes
    ----------
    s_tight, s_cross
        What was observed: a mean score, or the first population's minus the second's.
    null_s_tight, null_s_cross
        ``(permutation,)``, the same after labels were exchanged.
    p_s_tight, p_s_cross
        How often chance gives what was observed or more extreme; never below one in the number
        of permutations plus one.
    provenance
        The call that made this result.
    """

    s_tight: float
    s_cross: float
    null_s_tight: FloatArray
    null_s_cross: FloatArray
    p_s_tight: float
    p_s_cross: float
    provenance: Provenance


def outcome_of(
    scores: tuple[FloatArray, FloatArray],
    extreme: Callable[[float, FloatArray], npt.NDArray[np.bool_]],
    made: Provenance,
) -> TubularityTest:
    """Put together a test from scores of which the first is the observed one."""
    tight, cross = scores

    def share(values: FloatArray) -> float:
        return float((1 + extreme(values[0], values[1:]).sum()) / len(values))

    return TubularityTest(
        s_tight=float(tight[0]),
        s_cross=float(cross[0]),
        null_s_tight=tight[1:],
        null_s_cross=cross[1:],
        p_s_tight=share(tight),
        p_s_cross=share(cross),
        provenance=made,
    )
