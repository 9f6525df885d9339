"""What the docks say about an encoding manifold and about a sweep over ranks; pure, no Qt."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from napari_nfm.colouring import CategoricalLegend, ScaleLegend, legend_of
from napari_nfm.unit_columns import colour_columns
from napari_nfm.viewer.plans import ManifoldSettings

if TYPE_CHECKING:
    from xarray import DataArray

    from napari_nfm.analysis import EncodingManifold, RankChoice

__all__ = ["LeftOutUnit", "ManifoldFacts", "RankCurves"]

FloatArray = npt.NDArray[np.float64]

REASONS = {
    "isolated": "isolated: its nearest neighbour is far",
    "near-duplicate": "near-duplicate of another unit",
    "silent": "silent: it never responds",
    "disconnected": "disconnected: it lost all its neighbours in the graph",
    "kept": "kept although the rule leaves it out",
}
KEEPABLE = ("isolated", "near-duplicate", "kept")
"""What a person may keep: those that a rule left out, not those that nothing can be said of."""


@dataclass(frozen=True)
class LeftOutUnit:
    """One unit that is not on the manifold, or that is only because a person kept it.

    Attributes
    ----------
    unit
        Its position in the responses.
    place
        Feature map and pixel, as far as the responses know.
    reason, meaning
        One word, and a phrase.
    """

    unit: int
    place: str
    reason: str
    meaning: str

    @property
    def is_kept(self) -> bool:
        """Whether a person kept it."""
        return self.reason == "kept"

    @property
    def can_be_kept(self) -> bool:
        """Whether it can be on the manifold at all."""
        return self.reason in KEEPABLE


@dataclass(frozen=True)
class ManifoldFacts:
    """A manifold in words and numbers.

    Attributes
    ----------
    manifold
        What is described.
    responses
        ``(unit, category, direction, time)`` from which it was computed, where they are known.
    """

    manifold: "EncodingManifold"
    responses: "DataArray | None" = None

    @property
    def settings(self) -> ManifoldSettings:
        """What it was computed with."""
        return ManifoldSettings.of(self.manifold.provenance)

    @property
    def columns(self) -> dict[str, str]:
        """Columns by which units can be coloured, with their titles."""
        return colour_columns(self.manifold.units)

    @property
    def counts(self) -> str:
        """Units, clusters, edges, units left out and rank, in one line of rich text."""
        clusters = self.manifold.units["cluster"]
        n_clusters = clusters[clusters >= 0].nunique()
        parts = [
            f"<b>{len(self.manifold.units):,} units</b>",
            f"{n_clusters} cluster{'' if n_clusters == 1 else 's'}",
            f"{len(self.manifold.edges):,} edges",
            f"{len(self.manifold.left_out):,} left out",
            f"rank {len(self.manifold.decomposition.weights)}",
        ]
        return " · ".join(parts)

    def legend(self, column: str) -> CategoricalLegend | ScaleLegend | None:
        """Return the legend of units coloured by `column`, or None where there is no such."""
        return legend_of(self.manifold, column) if column in self.columns else None

    def axis_titles(self, coordinates: str) -> list[str]:
        """Return the coordinates' numbers from 1, for the diffusion map with their eigenvalues."""
        if coordinates == "diffusion map":
            n_coordinates = self.manifold.coordinates.shape[1]
            values = self.manifold.eigenvalues[:n_coordinates]
            return [f"{number} · {value:.2f}" for number, value in enumerate(values, start=1)]
        return [str(i + 1) for i in range(self.manifold.principal_coordinates.shape[1])]

    @property
    def left_out(self) -> tuple[LeftOutUnit, ...]:
        """Units left out, and those kept by a person, by position."""
        listed = self.manifold.left_out["reason"]
        reasons: dict[int, str] = dict(zip(listed.index.tolist(), map(str, listed), strict=True))
        reasons |= dict.fromkeys(self.settings.keep, "kept")
        return tuple(
            LeftOutUnit(unit, self._place(unit), reason, REASONS.get(reason, reason))
            for unit, reason in sorted(reasons.items())
        )

    def _place(self, unit: int) -> str:
        if self.responses is None or unit >= self.responses.sizes["unit"]:
            return ""
        known = {
            name: self.responses[name].values[unit]
            for name in ("channel", "y", "x")
            if name in self.responses.coords and self.responses[name].dims == ("unit",)
        }
        parts = [f"map {known['channel']}"] if "channel" in known else []
        if "y" in known and "x" in known:
            parts.append(f"y {known['y']:g}, x {known['x']:g}")
        return " · ".join(parts)


@dataclass(frozen=True)
class RankCurves:
    """What a sweep over ranks says so far; the arrays have one entry per rank.

    Attributes
    ----------
    ranks
        Ascending.
    nuclear, spread
        Nuclear value: mean and standard deviation over starts.
    error
        Squared norm that the best start leaves unexplained, in percent.
    stability
        How alike the factors of the starts are, 0 to 1; NaN where it is not known.
    suggested
        The rank that the rule picks.
    rule
        Why, a phrase.
    """

    ranks: npt.NDArray[np.int64]
    nuclear: FloatArray
    spread: FloatArray
    error: FloatArray
    stability: FloatArray
    suggested: int
    rule: str

    @classmethod
    def of(cls, choice: "RankChoice") -> "RankCurves":
        """Take the curves from the choice of a rank."""
        return cls(
            ranks=np.asarray(choice.ranks, dtype=np.int64),
            nuclear=np.asarray(choice.mean, dtype=np.float64),
            spread=np.asarray(choice.std, dtype=np.float64),
            error=np.asarray(choice.percent_error, dtype=np.float64),
            stability=np.asarray(choice.stability, dtype=np.float64),
            suggested=int(choice.suggested),
            rule=choice.rule,
        )

    def nearest(self, place: float) -> int:
        """Return the rank that is nearest to a place along the axis of ranks."""
        return int(self.ranks[np.abs(self.ranks - place).argmin()])

    def describe(self, rank: int) -> str:
        """Say in numbers what the curves show at `rank`."""
        if rank not in self.ranks:
            return "not among the ranks of the sweep"
        index = int(np.flatnonzero(self.ranks == rank)[0])
        parts = [
            f"nuclear value {self.nuclear[index]:.2f} ± {self.spread[index]:.2f}",
            f"error {self.error[index]:.1f} %",
        ]
        if np.isfinite(self.stability[index]):
            parts.append(f"stability {self.stability[index]:.2f}")
        return " · ".join(parts)
