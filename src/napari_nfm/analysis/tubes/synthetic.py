"""Tubes of known shape, to see what a score means."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from napari_nfm.analysis.errors import AnalysisError
from napari_nfm.analysis.tubes.curves import FloatArray
from napari_nfm.analysis.tubes.measure import tubularity
from napari_nfm.analysis.tubes.settings import TubularitySettings

__all__ = ["SyntheticTubes", "synthetic_tubes", "tube_calibration"]

LENGTH = 20.0
"""Length of the centrelines. The study's smoothing is absolute, and curves of z-scored responses
are about as long."""

BEND = 1.0
"""Radians by which a tube that does not cross turns from end to end."""

N_FRAMES = 120

RADII = (0.01, 0.02, 0.04, 0.08)
SEPARATIONS = (0.2, 0.4, 0.6)
SEPARATED_RADII = (0.02, 0.05)
ANGLES = (15, 30, 45, 60, 75, 90, 105, 120, 135, 150)
CROSSING_RADII = (0.01, 0.03, 0.06)
"""What the study's simulations vary."""


@dataclass(frozen=True)
class SyntheticTubes:
    """Curves of one or two tubes, and what is true of them.

    Attributes
    ----------
    curves
        ``(curve, time, component)``, three components.
    tube
        ``(curve,)``, 0 or 1: the tube that each curve belongs to.
    s_tight
        The 0.9-quantile of the curves' distances from their tube's axis, over its length: what
        the tightness of one tube should be.
    """

    curves: FloatArray
    tube: npt.NDArray[np.int64]
    s_tight: float


def synthetic_tubes(
    radius: float,
    *,
    separation: float | None = None,
    angle: float | None = None,
    n_curves: int = 30,
    seed: int = 41,
) -> SyntheticTubes:
    """Draw the curves of one tube, of two side by side, or of two that cross in the middle.

    Parameters
    ----------
    radius
        Of a tube, as a share of its length. Each curve keeps its place in the tube's section,
        which is drawn uniformly from the disc.
    separation
        Of two tubes side by side, the distance of their axes as a share of their length.
    angle
        Of two straight tubes that cross, between their axes, in degrees.
    n_curves
        In all tubes together.
    seed
        Of the places in the section.

    Raises
    ------
    AnalysisError
        A tube has no radius or fewer than two curves, or both separation and angle are given.
    """
    n_tubes = 1 if separation is None and angle is None else 2
    if not 0 < radius < float("inf") or n_curves < 2 * n_tubes:
        raise AnalysisError(
            f"A tube of radius {radius} with {n_curves} curves cannot be drawn",
            f"give a radius above 0 and {2 * n_tubes} curves or more",
        )
    if separation is not None and angle is not None:
        raise AnalysisError(
            "Tubes are either side by side or cross, and both were asked for",
            "give a separation or an angle",
        )
    rng = np.random.default_rng(seed)
    places = np.sqrt(rng.uniform(size=n_curves)) * radius * LENGTH
    turns = rng.uniform(0, 2 * np.pi, n_curves)
    tube = np.arange(n_curves) * n_tubes // n_curves
    axis, normal = _arc(0.0 if angle is not None else BEND)
    binormal = np.array([0.0, 0.0, 1.0])
    across = (places * np.cos(turns))[:, np.newaxis, np.newaxis] * normal
    above = (places * np.sin(turns))[:, np.newaxis, np.newaxis] * binormal
    curves = axis + across + above
    if separation is not None:
        curves += (tube * separation * LENGTH)[:, np.newaxis, np.newaxis] * binormal
    if angle is not None:
        half = np.deg2rad(angle / 2) * np.where(tube == 0, 1, -1)
        turned_x = curves[..., 0] * np.cos(half)[:, np.newaxis]
        turned_x -= curves[..., 1] * np.sin(half)[:, np.newaxis]
        turned_y = curves[..., 0] * np.sin(half)[:, np.newaxis]
        turned_y += curves[..., 1] * np.cos(half)[:, np.newaxis]
        curves = np.stack([turned_x, turned_y, curves[..., 2]], axis=2)
    quantiles = [np.quantile(places[tube == number], 0.9) for number in range(n_tubes)]
    return SyntheticTubes(curves, tube, float(np.mean(quantiles) / LENGTH))


def tube_calibration(
    preset: str | TubularitySettings = "study", *, seed: int = 41, **changes: Any
) -> pd.DataFrame:
    """Score synthetic tubes: what radius, separation and angle do to the two scores.

    All curves of a case are one bundle, so that two tubes stand for a stimulus whose trajectories
    part or cross.

    Parameters
    ----------
    preset, changes
        As in `tubularity`; not one whose scores need a second bundle.
    seed
        Of the tubes.

    Returns
    -------
    DataFrame
        Columns ``case`` ("one tube", "side by side", "crossing"), ``radius``, ``separation``,
        ``angle`` (degrees), all NaN where they do not apply, ``s_tight_true`` (of each tube by
        itself), ``s_tight`` and ``s_cross``.
    """
    shapes: list[tuple[str, dict[str, Any]]] = [("one tube", {"radius": r}) for r in RADII]
    shapes += [
        ("side by side", {"radius": r, "separation": s})
        for r in SEPARATED_RADII
        for s in SEPARATIONS
    ]
    shapes += [("crossing", {"radius": r, "angle": a}) for r in CROSSING_RADII for a in ANGLES]
    rows = []
    for case, shape in shapes:
        tubes = synthetic_tubes(**shape, seed=seed)
        found = tubularity(curves=tubes.curves, preset=preset, **changes)
        scores = {"s_tight": found.mean_s_tight, "s_cross": found.mean_s_cross}
        rows.append({"case": case, **shape, "s_tight_true": tubes.s_tight, **scores})
    order = ["case", "radius", "separation", "angle", "s_tight_true", "s_tight", "s_cross"]
    return pd.DataFrame(rows)[order]


def _arc(bend: float) -> tuple[FloatArray, FloatArray]:
    """Return an arc around the origin and its normals in the plane, each ``(time, 3)``."""
    along = np.linspace(-0.5, 0.5, N_FRAMES)
    heading = bend * along
    if bend:
        x, y = LENGTH / bend * np.sin(heading), LENGTH / bend * (1 - np.cos(heading))
    else:
        x, y = LENGTH * along, 0 * along
    normal = np.stack([-np.sin(heading), np.cos(heading), 0 * along], axis=1)
    return np.stack([x, y, 0 * along], axis=1), normal
