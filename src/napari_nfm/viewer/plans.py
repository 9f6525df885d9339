"""What crosses between the window and its jobs: plans one way, results the other."""

from dataclasses import dataclass, fields
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    import pandas as pd
    from xarray import DataArray

    from napari_nfm.fnn import Twin
    from napari_nfm.provenance import Provenance
    from napari_nfm.recording import Recording, Sampling

__all__ = [
    "BundleLabels",
    "LoadedNetwork",
    "ManifoldSettings",
    "Prospect",
    "RankSettings",
    "RankedMaps",
    "RecordingPlan",
    "SampledRecording",
    "StoreState",
    "TubeSettings",
    "UnitChoice",
]

BundleLabels = Literal["stimulus", "hdbscan"]


@dataclass(frozen=True)
class RecordingPlan:
    """What a person chose to record.

    Attributes
    ----------
    sites
        Names of the recording sites.
    store
        The ``.zarr`` folder.
    keep
        ``"units"`` or ``"maps"``.
    maps, units_per_map, by, seed
        How units are sampled, as in `napari_nfm.recording.Sampling`.
    """

    sites: tuple[str, ...]
    store: Path
    keep: Literal["units", "maps"] = "units"
    maps: int = 40
    units_per_map: int = 50
    by: Literal["activity", "uniform"] = "activity"
    seed: int = 1

    @property
    def sampling(self) -> "Sampling":
        """The sampling as the recording takes it."""
        from napari_nfm.recording import Sampling

        return Sampling(self.maps, self.units_per_map, self.by, self.seed)


class StoreState(Enum):
    """What is at the place where a recording shall go."""

    ABSENT = "absent"
    UNFINISHED = "unfinished"
    COMPLETE = "complete"


@dataclass(frozen=True)
class Prospect:
    """What pressing *Record* would do, in one sentence, and whether it can."""

    state: StoreState
    sentence: str
    possible: bool = True


@dataclass(frozen=True)
class ManifoldSettings:
    """How an encoding manifold is computed, as in `napari_nfm.analysis.encoding_manifold`.

    Attributes
    ----------
    rank
        Factors of the decomposition.
    seed
        Seed of its random starts.
    n_starts
        Random starts, of which the best is kept.
    objective
        Objective of the neighbourhood graph, ``"l1"`` or ``"greedy"``.
    method
        ``"exact"``, ``"approximate"``, or ``"auto"``, which is exact up to 5,000 units.
    keep
        Units that stay on the manifold although the rule calls them outliers, by their position
        in the site's responses.
    """

    rank: int = 10
    seed: int = 0
    n_starts: int = 10
    objective: Literal["l1", "greedy"] = "l1"
    method: Literal["auto", "exact", "approximate"] = "auto"
    keep: tuple[int, ...] = ()

    @classmethod
    def of(cls, provenance: "Provenance") -> "ManifoldSettings":
        """Return what a manifold was computed with."""
        known = {
            field.name: provenance.parameters[field.name]
            for field in fields(cls)
            if field.name in provenance.parameters
        }
        return cls(**{**known, "keep": tuple(known.get("keep", ()))})


@dataclass(frozen=True)
class RankSettings:
    """Which ranks are tried, as in `napari_nfm.analysis.sweep_ranks`.

    Attributes
    ----------
    first, last
        Lowest and highest rank.
    n_starts
        Random starts of each.
    seed
        Seed of the random starts.
    store
        Folder in which ranks that are finished are kept, from which the sweep goes on; None takes
        one of the user's cache, by what the responses are.
    scheduler
        None computes in this process; ``"processes"`` or the address of a Dask scheduler.
    """

    first: int = 2
    last: int = 30
    n_starts: int = 30
    seed: int = 0
    store: Path | None = None
    scheduler: str | None = None


@dataclass(frozen=True)
class TubeSettings:
    """How tubes are measured, as in `napari_nfm.analysis.tubularity`.

    Attributes
    ----------
    preset
        A key of `napari_nfm.analysis.tubes.PRESETS`.
    labels
        What makes a bundle: ``"stimulus"``, or ``"hdbscan"`` for clusters of curves.
    n_components
        Principal components in which the curves lie.
    n_bootstrap
        How often units are drawn with replacement, for the intervals.
    seed
        Seed of the bootstrap.
    """

    preset: str = "study"
    labels: BundleLabels = "stimulus"
    n_components: int = 10
    n_bootstrap: int = 100
    seed: int = 0


@dataclass(frozen=True)
class UnitChoice:
    """Units at one end of a measure, as in `napari_nfm.analysis.select_units`.

    Attributes
    ----------
    measure
        Name of the measure.
    end
        ``"top"`` for the highest values, ``"bottom"`` for the lowest.
    share
        How many, as a share of the units that have a value.
    """

    measure: str
    end: Literal["top", "bottom"] = "top"
    share: float = 0.1


@dataclass(frozen=True)
class LoadedNetwork:
    """A twin, and the scans ``session, scan_idx, units`` of the checkpoint that it is from."""

    twin: "Twin"
    scans: "pd.DataFrame"


@dataclass(frozen=True)
class RankedMaps:
    """All feature maps of a site while one sequence plays.

    Attributes
    ----------
    maps
        ``(time, channel, y, x)``.
    ranked
        Channels, the one that varies most first.
    """

    maps: npt.NDArray[np.float16]
    ranked: npt.NDArray[np.intp]


@dataclass(frozen=True)
class SampledRecording:
    """A recording with the sampled responses ``(unit, category, direction, time)`` per site."""

    recording: "Recording"
    responses: "dict[str, DataArray]"
