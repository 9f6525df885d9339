"""What a measurement of tubularity consists of."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
import xarray as xr

from napari_nfm.analysis.tubes.curves import FloatArray
from napari_nfm.analysis.tubes.scores import weighted_mean
from napari_nfm.analysis.tubes.settings import TubularitySettings
from napari_nfm.provenance import Provenance

__all__ = ["Tubularity"]


@dataclass(frozen=True)
class Tubularity:
    """How tightly the curves of each bundle form a tube, and how much they cross.

    Attributes
    ----------
    labels
        ``(bundle,)``, the label of each bundle.
    n_curves
        ``(bundle,)``, how many curves each bundle has.
    s_tight
        ``(bundle,)``, mean radius over the length of the centreline: lower is tighter.
    s_cross
        ``(bundle,)``, how much the curves cross: lower is less.
    epsilon
        ``(bundle,)``, the scale at which crossings count, in the units of the curves.
    lengths
        ``(bundle,)``, length of the centreline, in the units of the curves.
    radius_profile
        ``(bundle, bin)``, the radius along the tube, in the units of the curves.
    centrelines
        ``(bundle, point, component)``, equally spaced in the share of the curves' length.
    mean_s_tight, mean_s_cross
        Mean over bundles, weighted by their curves.
    variance_s_tight, variance_s_cross
        Variance over bundles, weighted by their curves.
    curves
        ``(curve, point, component)``, equally spaced along each curve.
    curve_labels
        ``(curve,)``, the label of each curve.
    trajectories
        ``(category, direction, time, component)``, the curves as they pass in time: `curves` lie on
        the lines between these moments. NaN where there is padding; None where curves were given.
    left_out
        Labels that make no bundle: those of single curves, and -1.
    explained_variance_ratio
        ``(component,)``, share of the variance of the z-scored responses; None where curves were
        given.
    bootstrap_s_tight, bootstrap_s_cross
        ``(bootstrap, bundle)``, the scores of units drawn with replacement; None without.
    level
        Share of the bootstraps that the intervals hold.
    interval
        "centred" or "percentile", which kind they are.
    settings
        The constants of the scores.
    provenance
        The call that made this result.
    """

    labels: npt.NDArray
    n_curves: npt.NDArray[np.int64]
    s_tight: FloatArray
    s_cross: FloatArray
    epsilon: FloatArray
    lengths: FloatArray
    radius_profile: FloatArray
    centrelines: FloatArray
    curves: FloatArray
    curve_labels: npt.NDArray
    trajectories: xr.DataArray | None
    left_out: npt.NDArray
    explained_variance_ratio: FloatArray | None
    bootstrap_s_tight: FloatArray | None
    bootstrap_s_cross: FloatArray | None
    level: float
    interval: str
    settings: TubularitySettings
    provenance: Provenance

    @property
    def mean_s_tight(self) -> float:
        """Mean tightness over bundles, weighted by their curves."""
        return float(weighted_mean(self.s_tight, self.n_curves))

    @property
    def mean_s_cross(self) -> float:
        """Mean crossing over bundles, weighted by their curves."""
        return float(weighted_mean(self.s_cross, self.n_curves))

    @property
    def variance_s_tight(self) -> float:
        """Variance of the tightness over bundles, weighted by their curves."""
        return float(weighted_mean((self.s_tight - self.mean_s_tight) ** 2, self.n_curves))

    @property
    def variance_s_cross(self) -> float:
        """Variance of the crossing over bundles, weighted by their curves."""
        return float(weighted_mean((self.s_cross - self.mean_s_cross) ** 2, self.n_curves))

    @property
    def radius_at(self) -> FloatArray:
        """``(bin,)``, where along the tube, from 0 to 1, each radius of the profile is."""
        return (np.arange(self.settings.n_bins) + 0.5) / self.settings.n_bins

    @property
    def n_components(self) -> int:
        """Dimension of the space of the curves."""
        return self.curves.shape[2]

    @property
    def bootstrap_mean_s_tight(self) -> FloatArray | None:
        """``(bootstrap,)``, the mean tightness of each bootstrap; None without."""
        scores = self.bootstrap_s_tight
        return None if scores is None else weighted_mean(scores, self.n_curves)

    @property
    def bootstrap_mean_s_cross(self) -> FloatArray | None:
        """``(bootstrap,)``, the mean crossing of each bootstrap; None without."""
        scores = self.bootstrap_s_cross
        return None if scores is None else weighted_mean(scores, self.n_curves)

    @property
    def interval_s_tight(self) -> FloatArray | None:
        """``(bundle, 2)``, interval of the tightness; None without bootstraps."""
        return self._interval(self.s_tight, self.bootstrap_s_tight)

    @property
    def interval_s_cross(self) -> FloatArray | None:
        """``(bundle, 2)``, interval of the crossing; None without bootstraps."""
        return self._interval(self.s_cross, self.bootstrap_s_cross)

    @property
    def interval_mean_s_tight(self) -> FloatArray | None:
        """``(2,)``, interval of the mean tightness; None without bootstraps."""
        return self._interval(self.mean_s_tight, self.bootstrap_mean_s_tight)

    @property
    def interval_mean_s_cross(self) -> FloatArray | None:
        """``(2,)``, interval of the mean crossing; None without bootstraps."""
        return self._interval(self.mean_s_cross, self.bootstrap_mean_s_cross)

    def table(self) -> pd.DataFrame:
        """Return one row per bundle: curves, scores, lengths, and intervals where there are any."""
        columns = {
            "n_curves": self.n_curves,
            "s_tight": self.s_tight,
            "s_cross": self.s_cross,
            "epsilon": self.epsilon,
            "length": self.lengths,
            "mean_radius": self.radius_profile.mean(axis=1),
        }
        for name, interval in (
            ("s_tight", self.interval_s_tight),
            ("s_cross", self.interval_s_cross),
        ):
            if interval is not None:
                columns[f"{name}_low"], columns[f"{name}_high"] = interval.T
        return pd.DataFrame(columns, index=pd.Index(self.labels, name="bundle"))

    def _interval(
        self, score: FloatArray | float, bootstraps: FloatArray | None
    ) -> FloatArray | None:
        if bootstraps is None:
            return None
        tail = (1 - self.level) / 2
        low_and_high = np.quantile(bootstraps, [tail, 1 - tail], axis=0).T
        if self.interval == "percentile":
            return low_and_high
        means = bootstraps.mean(axis=0)
        shift = np.asarray(score / np.where(means > 0, means, 1))
        return low_and_high * shift[..., np.newaxis]
