"""Reading a recording; nothing of the network is needed for it."""

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from napari_nfm.recording.description import FORMAT, Description, Keep, Precision
from napari_nfm.recording.errors import (
    IncompleteRecordingError,
    RecordingArgumentError,
    StoreError,
)
from napari_nfm.recording.layout import (
    MAP_AXES,
    RESPONSE_AXES,
    is_complete,
    open_array,
    read_root,
    read_values,
)
from napari_nfm.recording.recorded_site import RecordedSite
from napari_nfm.recording.sampling import Sampling
from napari_nfm.recording.unfinished import Unfinished

__all__ = ["Recording", "is_recording", "open_recording"]


class Recording:
    """A recording on disk.

    ``recording[site]`` is a `xarray.DataArray`. Where maps are kept it has the dimensions
    ``(category, direction, time, channel, y, x)`` and is read when needed; it is not rectified.
    Where units are kept it has the dimensions ``(unit, category, direction, time)``, with the
    coordinates ``site``, ``channel``, ``y`` and ``x`` of every unit, and is rectified. Time is in
    seconds, direction in degrees; channel, y and x count from 0 on the uncropped site.

    Parameters
    ----------
    path
        The store.
    description
        What it is of.
    missing
        Category and direction of what was not recorded yet.
    """

    def __init__(
        self, path: Path, description: Description, missing: tuple[tuple[str, float], ...] = ()
    ) -> None:
        self.path = path
        self.description = description
        self.missing = missing

    @property
    def sites(self) -> tuple[str, ...]:
        """Names of the recorded sites."""
        return tuple(site.name for site in self.description.sites)

    @property
    def is_complete(self) -> bool:
        """Whether the recording is finished."""
        return is_complete(self.path)

    @property
    def keep(self) -> Keep:
        """``"units"`` or ``"maps"``."""
        return self.description.keep

    @property
    def dtype(self) -> Precision:
        """Type of the stored activity."""
        return self.description.dtype

    @property
    def sampling(self) -> Sampling:
        """How units are sampled."""
        return self.description.sampling

    @property
    def twin_fingerprint(self) -> str:
        """Fingerprint of the twin's weights."""
        return self.description.twin_fingerprint

    @property
    def stimulus_fingerprint(self) -> str:
        """Fingerprint of the stimulus set."""
        return self.description.stimulus_fingerprint

    def site(self, name: str) -> RecordedSite:
        """Return which part of a site was recorded.

        Raises
        ------
        RecordingArgumentError
            The site was not recorded.
        """
        if name not in self.sites:
            raise RecordingArgumentError(
                f"The recording {self.path} has no site {name!r}",
                f"choose from {', '.join(self.sites)}",
            )
        return self.description.site(name)

    def __getitem__(self, site: str) -> xr.DataArray:
        chosen = self.site(site)
        self.check_complete()
        return self._units(chosen) if self.keep == "units" else self._maps(chosen)

    def check_complete(self) -> None:
        """Raise an error where the recording is not finished.

        Raises
        ------
        IncompleteRecordingError
            It was interrupted.
        """
        if not self.is_complete:
            pairs = len(self.description.categories) * len(self.description.directions)
            raise IncompleteRecordingError(
                f"The recording {self.path} was interrupted with {len(self.missing)} of {pairs} "
                "pairs of category and direction missing",
                "call record again with the same arguments to finish it",
            )

    def responses(
        self,
        site: RecordedSite,
        values: NDArray[np.float32],
        places: Mapping[str, NDArray[np.integer]],
        sampling: Sampling,
    ) -> xr.DataArray:
        """Label the time courses of units.

        Parameters
        ----------
        site
            Where the units are.
        values
            ``(unit, category, direction, time)``.
        places
            Channel, y and x of every unit.
        sampling
            How the units were sampled.
        """
        along_units = {"site": np.full(len(values), site.name), **places}
        return xr.DataArray(
            values,
            dims=RESPONSE_AXES,
            coords={
                **{name: ("unit", numbers) for name, numbers in along_units.items()},
                **self._coordinates(),
            },
            name=site.name,
            attrs=self._attributes(site) | {"sampling": asdict(sampling)},
        )

    def _units(self, site: RecordedSite) -> xr.DataArray:
        arrays = {
            name: read_values(open_array(self.path, site.name, name))
            for name in ("responses", "channel", "y", "x")
        }
        values = arrays.pop("responses").astype(np.float32)
        return self.responses(site, values, arrays, self.sampling)

    def _maps(self, site: RecordedSite) -> xr.DataArray:
        import dask.array

        return xr.DataArray(
            dask.array.from_zarr(open_array(self.path, site.name, "activity")),
            dims=MAP_AXES,
            coords={
                **self._coordinates(),
                "channel": list(site.channels),
                "y": np.arange(*site.rows),
                "x": np.arange(*site.columns),
            },
            name=site.name,
            attrs=self._attributes(site),
        )

    def _coordinates(self) -> dict[str, object]:
        description = self.description
        seconds = np.arange(description.n_frames) / description.frame_rate
        return {
            "category": list(description.categories),
            "direction": list(description.directions),
            "time": ("time", seconds, {"units": "s"}),
        }

    def _attributes(self, site: RecordedSite) -> dict[str, object]:
        description = self.description
        return {
            "site": site.name,
            "site_title": site.title,
            "twin": description.twin,
            "twin_note": description.twin_note,
            "twin_fingerprint": description.twin_fingerprint,
            "stimulus": description.stimulus,
            "stimulus_fingerprint": description.stimulus_fingerprint,
            "source": str(self.path),
            "version": description.version,
        }

    def __repr__(self) -> str:
        state = "complete" if self.is_complete else f"{len(self.missing)} conditions missing"
        return (
            f"<Recording {str(self.path)!r}: {self.keep} of {', '.join(self.sites)}; "
            f"{self.description.stimulus!r} played to {self.description.twin!r}; {state}>"
        )


def is_recording(store: Path) -> bool:
    """Tell whether a folder is a recording, finished or not, by its metadata alone."""
    if is_complete(store):
        return read_root(store).get("format") == FORMAT
    return Unfinished(store).exists


def open_recording(store: str | Path) -> Recording:
    """Open a recording, finished or not.

    Parameters
    ----------
    store
        Its folder.

    Returns
    -------
    Recording
        What is on disk; its activity is read when asked for.

    Raises
    ------
    StoreError
        The folder does not exist, is not a recording, is damaged, or was made by a version whose
        layout this one does not know.
    """
    path = Path(store).expanduser()
    if is_complete(path):
        return Recording(path, Description.read(read_root(path), path))
    unfinished = Unfinished(path)
    if not unfinished.exists:
        raise StoreError(
            f"{path} is not a recording of napari-nfm" if path.exists() else f"{path} is not there",
            "choose the folder of a recording, made with record or `napari-nfm record`",
        )
    description, progress = unfinished.read()
    missing = sorted(
        pair
        for number, targets in enumerate(progress.targets)
        if number not in progress.done
        for pair in targets
    )
    return Recording(
        path,
        description,
        tuple((description.categories[c], description.directions[d]) for c, d in missing),
    )
