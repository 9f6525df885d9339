"""How many components a decomposition should have.

The study sweeps the rank, follows one number that says how many different neural factors there
are, and picks by eye where it saturates. Here the same number comes with a rule, and with a second
opinion: whether different starts find the same factors.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from napari_nfm.analysis.errors import AnalysisError
from napari_nfm.provenance import Provenance

if TYPE_CHECKING:
    from napari_nfm.analysis.permuted import PermutedCP

__all__ = ["RankChoice", "choose_rank", "nuclear_value"]

FloatArray = npt.NDArray[np.float64]

SMOOTHING = 1.5
SATURATED = 0.1
"""Share of the steepest rise below which the curve counts as saturated."""

STABLE = 0.99
"""Stability from which the starts of a rank count as finding the same factors."""


@dataclass(frozen=True)
class RankChoice:
    """What a sweep over ranks says; the arrays have one entry per rank.

    Attributes
    ----------
    ranks
        The ranks, ascending.
    mean, std
        Nuclear value of the neural factors: mean and (population) standard deviation over starts.
    suggested
        The rank that the rule picks.
    stability
        How alike the neural factors of the starts are, 0 to 1: mean cosine between each start's
        factors and the best start's, paired to be most alike, averaged over starts. NaN for a
        single start.
    percent_error
        Of the best start.
    rule
        Why this rank is suggested, and up to which rank the starts agree: a phrase.
    provenance
        The call that made this result.
    """

    ranks: npt.NDArray[np.int64]
    mean: FloatArray
    std: FloatArray
    suggested: int
    stability: FloatArray
    percent_error: FloatArray
    rule: str
    provenance: Provenance

    @property
    def stable(self) -> int | None:
        """The highest rank at which all starts find the same factors (stability from 0.99)."""
        return _highest_stable(self.ranks, self.stability)


def nuclear_value(neural_factors: npt.ArrayLike) -> float:
    """Return how many different factors there are, in units of the largest difference.

    Parameters
    ----------
    neural_factors
        ``(unit, R)``.

    Returns
    -------
    float
        With columns of unit norm, centred over the R factors of every unit, the squared singular
        values divided by the largest, summed: 1 to R - 1, and 0 where all factors are the same.

    Raises
    ------
    AnalysisError
        No such matrix, or NaN.
    """
    factors = np.asarray(neural_factors, dtype=np.float64)
    if factors.ndim != 2 or 0 in factors.shape or not np.isfinite(factors).all():
        raise AnalysisError(
            f"The neural factors of shape {factors.shape} are no matrix of finite numbers",
            "give (unit, R), as in PermutedCP.neural_factors",
        )
    norms = np.linalg.norm(factors, axis=0)
    factors = factors / np.where(norms > 0, norms, 1)
    centred = factors - factors.mean(axis=1, keepdims=True)
    variances = np.clip(np.linalg.eigvalsh(centred.T @ centred), 0, None)
    largest = float(variances[-1])
    if largest <= len(variances) * np.finfo(np.float64).eps:
        return 0.0
    return float(variances.sum() / largest)


def choose_rank(fits: "Sequence[PermutedCP] | Mapping[int, PermutedCP]") -> RankChoice:
    """Suggest a rank from decompositions at several.

    The nuclear values (`nuclear_value`), averaged over starts, rise with the rank until further
    factors repeat those that are there. The curve is smoothed over ranks (Gaussian, 1.5 ranks, as
    the study smooths it, but continued by point reflection at its ends, which would otherwise
    look saturated); ranks that were left out are interpolated. Suggested is the first rank, after
    the steepest rise, from which the smoothed curve rises to the next rank by less than 10 percent
    of its steepest rise; where there is none, the highest rank.

    Parameters
    ----------
    fits
        One decomposition per rank in any order, or by rank.

    Returns
    -------
    RankChoice
        The curve over ranks and the suggestion.

    Raises
    ------
    AnalysisError
        No decompositions, or a rank twice.

    Notes
    -----
    The study states no rule; it picks by eye. Of its curves only that of the output layer is
    public, for ranks 2 to 9. It still rises at 9, so the rule suggests 9, the rank of the
    factors that are public too; with a wider sweep of later recordings the authors picked 14.

    Take a suggestion with care where starts disagree, as the curve then rises on noise. On 150
    units made of published factors plus smooth noise of 10 percent (4 starts), the rule suggested
    19 of 2 to 20 where 9 components were planted, and the highest rank, 24, where 16 were; the
    highest stable rank, `RankChoice.stable`, was 10 and 16.
    """
    ordered = _by_rank(fits)
    ranks = np.array(list(ordered), dtype=np.int64)
    values = [[nuclear_value(start) for start in fit.neural_factors] for fit in ordered.values()]
    mean = np.array([np.mean(starts) for starts in values])
    stability = np.array([_stability(fit.neural_factors) for fit in ordered.values()])
    suggested, rule = _suggest(ranks, mean)
    stable = _highest_stable(ranks, stability)
    if stable is not None:
        rule += f"; {stable} is the highest at which all starts find the same factors"
    first, *others = (fit.provenance.parameters for fit in ordered.values())
    alike = {
        name: first[name]
        for name in ("n_starts", "seed")
        if name in first and all(each.get(name) == first[name] for each in others)
    }
    return RankChoice(
        ranks=ranks,
        mean=mean,
        std=np.array([np.std(starts) for starts in values]),
        suggested=suggested,
        stability=stability,
        percent_error=np.array([fit.percent_error for fit in ordered.values()]),
        rule=rule,
        provenance=Provenance(
            "napari_nfm.analysis.choose_rank",
            {"ranks": ranks.tolist(), **alike},
            next(iter(ordered.values())).provenance.inputs,
        ),
    )


def _by_rank(
    fits: "Sequence[PermutedCP] | Mapping[int, PermutedCP]",
) -> "dict[int, PermutedCP]":
    listed = list(fits.values()) if isinstance(fits, Mapping) else list(fits)
    if not listed:
        raise AnalysisError(
            "There are no decompositions to choose from", "make some with sweep_ranks"
        )
    found = {len(fit.weights): fit for fit in listed}
    if len(found) < len(listed):
        ranks = [len(fit.weights) for fit in listed]
        twice = next(rank for rank in ranks if ranks.count(rank) > 1)
        raise AnalysisError(
            f"There are {ranks.count(twice)} decompositions of rank {twice}", "give one per rank"
        )
    return dict(sorted(found.items()))


def _suggest(ranks: npt.NDArray[np.int64], mean: FloatArray) -> tuple[int, str]:
    if len(ranks) == 1:
        return int(ranks[0]), "the only rank there is"
    every = np.arange(ranks[0], ranks[-1] + 1)
    rises = np.diff(_smoothed(np.interp(every, ranks, mean)))
    steepest = int(rises.argmax())
    if rises[steepest] <= 0:
        return int(ranks[0]), "the number of different factors does not rise with the rank"
    shares = rises[steepest:] / rises[steepest]
    saturated = np.flatnonzero(shares < SATURATED)
    if len(saturated):
        at_least = every[steepest + saturated[0]]
        return (
            int(ranks[ranks >= at_least][0]),
            f"the first rank from which the smoothed curve rises by less than {SATURATED:.0%} of "
            "its steepest rise",
        )
    return (
        int(ranks[-1]),
        f"the highest rank there is, where the smoothed curve still rises by {shares[-1]:.0%} of "
        "its steepest rise; higher ranks may say more",
    )


def _smoothed(curve: FloatArray) -> FloatArray:
    """Smooth over ranks; at its ends the curve goes on as it came, turned by 180 degrees."""
    from scipy.ndimage import gaussian_filter1d

    beyond = round(4 * SMOOTHING)
    longer = np.pad(curve, beyond, mode="reflect", reflect_type="odd")
    return gaussian_filter1d(longer, SMOOTHING)[beyond:-beyond]


def _highest_stable(ranks: npt.NDArray[np.int64], stability: FloatArray) -> int | None:
    stable = ranks[stability >= STABLE]
    return int(stable[-1]) if len(stable) else None


def _stability(neural_factors: npt.NDArray) -> float:
    """Return the mean factor match score of all starts ``(start, unit, R)`` with the first."""
    from scipy.optimize import linear_sum_assignment

    starts = np.asarray(neural_factors, dtype=np.float64)
    if len(starts) < 2:
        return float("nan")
    norms = np.linalg.norm(starts, axis=1, keepdims=True)
    starts = starts / np.where(norms > 0, norms, 1)
    scores = []
    for other in starts[1:]:
        cosines = starts[0].T @ other
        pairs = linear_sum_assignment(cosines, maximize=True)
        scores.append(cosines[pairs].mean())
    return float(np.mean(scores))
