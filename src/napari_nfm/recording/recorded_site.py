"""Which part of a site is recorded: its crop and its channels."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from torch import Tensor

from napari_nfm.fnn.errors import UnknownSiteError
from napari_nfm.fnn.site import Site
from napari_nfm.recording.errors import RecordingArgumentError

__all__ = ["MARGIN", "RecordedSite", "choose_sites"]

MARGIN = 1 / 8
"""Default crop: this share of a map's height is removed at each of its four sides."""

INTERPOLATED = "readout.position"
READ_BY_UNITS = "recurrent.out"
UNCROPPED_BY_STUDY = (READ_BY_UNITS, INTERPOLATED)
CHANNELS_OF_STUDY = 40


@dataclass(frozen=True)
class RecordedSite:
    """One site, and what of it is recorded.

    Parameters
    ----------
    name
        Name of the site.
    title
        Human title.
    full_shape
        ``(channel, y, x)`` of the whole site.
    is_map
        False where y counts units.
    channels
        Channels that are recorded.
    rows, columns
        First row or column that is recorded, and the one after the last.
    map_size
        Height and width of the maps that the network is asked for, before the crop.
    """

    name: str
    title: str
    full_shape: tuple[int, int, int]
    is_map: bool
    channels: tuple[int, ...]
    rows: tuple[int, int]
    columns: tuple[int, int]
    map_size: tuple[int, int]

    @property
    def shape(self) -> tuple[int, int, int]:
        """``(channel, y, x)`` of what is recorded."""
        height, width = self.rows[1] - self.rows[0], self.columns[1] - self.columns[0]
        return len(self.channels), height, width

    @property
    def values(self) -> int:
        """Values in one frame of what is recorded."""
        return math.prod(self.shape)

    @property
    def averaged_shape(self) -> tuple[int, int, int]:
        """``(channel, y, x)`` of what `cut` returns."""
        return (len(self.channels), *self.map_size) if self.interpolated else self.shape

    @property
    def averaged_values(self) -> int:
        """Values in one frame of what `cut` returns."""
        return math.prod(self.averaged_shape)

    @property
    def interpolated(self) -> bool:
        """Whether units read it from the maps of another site, bilinearly.

        What they read is many times as much as the maps, so it is made from these when needed.
        """
        return self.name == INTERPOLATED

    @property
    def source(self) -> str:
        """Name of the site that the network is asked for."""
        return READ_BY_UNITS if self.interpolated else self.name

    @property
    def has_single_map(self) -> bool:
        """Whether the site has no maps at all, as the output."""
        return not self.is_map and len(self.channels) == 1

    def cut(self, activity: Tensor, *, cropped: bool = False) -> Tensor:
        """Return the recorded part of ``(..., channel, y, x)``, a view where possible.

        An interpolated site gives the whole maps that its units read. Only the channels are
        chosen where the maps are `cropped` already.
        """
        if len(self.channels) < self.full_shape[0]:
            activity = activity[..., _as_slice(self.channels), :, :]
        if not (self.interpolated or cropped):
            activity = activity[..., slice(*self.rows), slice(*self.columns)]
        return activity

    def coordinates(self, units: np.ndarray) -> dict[str, np.ndarray]:
        """Return where drawn units lie on the whole site.

        Parameters
        ----------
        units
            ``(unit, 2)``: indices of channel and position among those recorded.

        Returns
        -------
        dict
            Channel, y and x of every unit, counted from 0 on the uncropped site.
        """
        rows, columns = np.divmod(units[:, 1], self.shape[2])
        return {
            "channel": np.asarray(self.channels)[units[:, 0]],
            "y": rows + self.rows[0],
            "x": columns + self.columns[0],
        }

    def as_attributes(self) -> dict[str, Any]:
        """Return the fields as values that JSON can hold."""
        return {
            name: list(value) if isinstance(value, tuple) else value
            for name, value in vars(self).items()
        }

    @classmethod
    def from_attributes(cls, attributes: Mapping[str, Any]) -> "RecordedSite":
        """Make a site from what `as_attributes` gave.

        Raises
        ------
        TypeError
            Something is missing or unknown.
        """
        fields: dict[str, Any] = {
            name: tuple(value) if isinstance(value, list) else value
            for name, value in attributes.items()
        }
        return cls(**fields)


def choose_sites(
    available: Mapping[str, Site],
    names: Sequence[str],
    *,
    channels: Sequence[int] | Mapping[str, Sequence[int]] | None = None,
    crop: float | None = None,
    like_study: bool = False,
) -> tuple[RecordedSite, ...]:
    """Decide what of each site is recorded.

    The default crop removes an eighth of the map's height at each side. The study removes a
    quarter, but at the top and left only, which keeps the padding artefacts of the other two
    edges; both leave the same number of rows and columns where the height is a multiple of 8. The
    study leaves ``recurrent.out`` and ``readout.position`` uncropped and takes their first 40
    channels, all from the first stream; the default treats them as every other site.

    Parameters
    ----------
    available
        Sites of the network, by name.
    names
        Names of the sites to record.
    channels
        Channels to record, for every site or by site; all where none are given.
    crop
        Share of the map's height to remove at each side, from 0 to below 1/2; an eighth where
        none is given.
    like_study
        Use the study's crop and channels where none are given.

    Returns
    -------
    tuple of RecordedSite
        In the order of `names`, each once.

    Raises
    ------
    UnknownSiteError
        The network has no such site.
    RecordingArgumentError
        No site, channels that a site does not have, or a crop out of range.
    """
    chosen = list(dict.fromkeys([names] if isinstance(names, str) else names))
    unknown = [name for name in chosen if name not in available]
    if unknown:
        raise UnknownSiteError(
            f"The network has no site {', '.join(map(repr, unknown))}",
            f"choose from {', '.join(available)}",
        )
    if not chosen:
        raise RecordingArgumentError(
            "No site was chosen to record", f"choose from {', '.join(available)}"
        )
    if crop is not None and not 0 <= crop < 0.5:
        raise RecordingArgumentError(
            f"The crop is {crop!r}", "give a share of the map's height from 0 to below 0.5"
        )
    by_site = channels if isinstance(channels, Mapping) else dict.fromkeys(chosen, channels)
    strangers = [name for name in by_site if name not in chosen]
    if strangers:
        raise RecordingArgumentError(
            f"Channels are given for {', '.join(map(repr, strangers))}, which is not recorded",
            "add the site to those recorded, or leave its channels out",
        )
    map_size = available[READ_BY_UNITS].shape[1:]
    return tuple(
        _choose(available[name], map_size, by_site.get(name), crop, like_study) for name in chosen
    )


def _choose(
    site: Site,
    map_size: tuple[int, int],
    channels: Sequence[int] | None,
    crop: float | None,
    like_study: bool,
) -> RecordedSite:
    n_channels, height, width = site.shape
    if channels is None:
        first = like_study and site.name in UNCROPPED_BY_STUDY
        channels = range(min(CHANNELS_OF_STUDY, n_channels) if first else n_channels)
    kept = tuple(int(channel) for channel in channels)
    if not kept or len(set(kept)) < len(kept) or not all(0 <= c < n_channels for c in kept):
        raise RecordingArgumentError(
            f"The site {site.name} cannot give the channels {list(kept)!r}",
            f"choose different ones from 0 to {n_channels - 1}",
        )
    rows, columns = (0, height), (0, width)
    if site.is_map and crop is None and like_study:
        if site.name not in UNCROPPED_BY_STUDY:
            rows, columns = (height // 4, height), (height // 4, width)
    elif site.is_map:
        margin = int(height * (MARGIN if crop is None else crop))
        rows, columns = (margin, height - margin), (margin, width - margin)
    if rows[0] >= rows[1] or columns[0] >= columns[1]:
        raise RecordingArgumentError(
            f"The crop leaves nothing of the {height} x {width} maps of {site.name}",
            "give a smaller crop, or crop=0 for none",
        )
    return RecordedSite(
        name=site.name,
        title=site.title,
        full_shape=site.shape,
        is_map=site.is_map,
        channels=kept,
        rows=rows,
        columns=columns,
        map_size=map_size if site.name == INTERPOLATED else (height, width),
    )


def _as_slice(channels: tuple[int, ...]) -> slice | list[int]:
    """Return a slice where `channels` are one run: a view is quicker than a copy."""
    if channels == tuple(range(channels[0], channels[-1] + 1)):
        return slice(channels[0], channels[-1] + 1)
    return list(channels)
