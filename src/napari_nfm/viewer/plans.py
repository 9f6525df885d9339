"""What crosses between the window and its jobs: plans one way, results the other."""

from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    import pandas as pd
    from xarray import DataArray

    from napari_nfm.fnn import Twin
    from napari_nfm.recording import Recording, Sampling

__all__ = [
    "LoadedNetwork",
    "Prospect",
    "RankedMaps",
    "RecordingPlan",
    "SampledRecording",
    "StimulusSource",
    "StoreState",
]


@dataclass(frozen=True)
class StimulusSource:
    """Where a stimulus set comes from.

    Attributes
    ----------
    kind
        A key of `napari_nfm.stimuli.STIMULUS_KINDS`.
    path
        The folder or file, for the kinds that need one.
    instances
        Instances of the flow ensemble.
    """

    kind: str
    path: Path | None = None
    instances: int = 3


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
