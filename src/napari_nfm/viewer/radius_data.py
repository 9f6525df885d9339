"""The radius of every bundle along its tube, arranged for drawing; pure, no Qt."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from napari_nfm.viewer.cells import Cell, Column, Sheet
from napari_nfm.viewer.score_marks import Mark
from napari_nfm.viewer.tube_data import bundle_titles

if TYPE_CHECKING:
    from napari_nfm.analysis import Tubularity
    from napari_nfm.palette import CategoryLook

__all__ = ["Profile", "bundle_sheet", "profiles"]

FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Profile:
    """The radius of one bundle along its tube.

    Attributes
    ----------
    title
        Name of its stimulus or cluster.
    look
        Colour and marker.
    positions
        ``(bin,)``, where along the tube, 0 to 1.
    radius
        ``(bin,)``, the quantile of distances to the centreline, in the units of the curves.
    length
        Of the centreline, in the units of the curves.
    n_curves
        How many trajectories it has.
    tight, cross
        Its scores.
    """

    title: str
    look: "CategoryLook"
    positions: FloatArray
    radius: FloatArray
    length: float
    n_curves: int
    tight: Mark
    cross: Mark


def profiles(score: "Tubularity") -> tuple[Profile, ...]:
    """Return the radius along the tube of every bundle, in the colours of the categories."""
    from napari_nfm.palette import many_looks

    titles = bundle_titles(score)
    tight, cross = score.interval_s_tight, score.interval_s_cross
    return tuple(
        Profile(
            title=titles[i],
            look=look,
            positions=score.radius_at,
            radius=score.radius_profile[i],
            length=float(score.lengths[i]),
            n_curves=int(score.n_curves[i]),
            tight=Mark.of(titles[i], "s_tight", score.s_tight[i], _row(tight, i), score.level),
            cross=Mark.of(titles[i], "s_cross", score.s_cross[i], _row(cross, i), score.level),
        )
        for i, look in enumerate(many_looks([str(label) for label in score.labels]))
    )


def bundle_sheet(bundles: Sequence[Profile]) -> Sheet:
    """Return the scores of all bundles as a table."""
    return Sheet(
        (
            Column("Bundle", "Stimulus category or cluster whose trajectories form the tube"),
            Column("S_tight", "Mean radius over the centreline's length: lower is tighter"),
            Column("S_cross 10⁻⁶", "How much the trajectories cross, in millionths: lower is less"),
        ),
        tuple(
            (
                Cell(bundle.title, bundle.title, _about(bundle), bundle.look),
                Cell.brief(bundle.tight),
                Cell.brief(bundle.cross, 1e6),
            )
            for bundle in bundles
        ),
    )


def _about(bundle: Profile) -> str:
    return (
        f"{bundle.title}: {bundle.n_curves} trajectories; the centreline is "
        f"{bundle.length:.3g} long, in z-scored units"
    )


def _row(intervals: FloatArray | None, index: int) -> FloatArray | None:
    return None if intervals is None else intervals[index]
