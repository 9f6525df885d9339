"""Reading response tensors that the study's authors, or earlier sessions, have stored."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from napari_nfm.recording.errors import ResponseFileError
from napari_nfm.recording.layout import RESPONSE_AXES
from napari_nfm.recording.recording import Recording, is_recording, open_recording
from napari_nfm.stimuli import FRAME_RATE
from napari_nfm.stimuli.ensemble import CATEGORIES, DIRECTIONS

__all__ = ["load_responses"]

AXES = ", ".join(RESPONSE_AXES)
NPY_SIGNATURE = b"\x93NUMPY"
HDF5_SIGNATURE = b"\x89HDF\r\n\x1a\n"
FRAMES_OF_STUDY = 37


def load_responses(
    path: str | Path, *, site: str | None = None, neurons_used: str | Path | None = None
) -> xr.DataArray:
    """Read a response tensor.

    Parameters
    ----------
    path
        One of: a ``.npy`` file as the study's authors store it (``tensor4d`` of the network,
        ``tensor_traces`` of retina and V1), with the axes ``(unit, category, direction, time)``,
        or with fibres ``(unit, category, direction and time)`` of 8 directions, direction
        fastest; a ``.nc`` file (NetCDF 3) or a ``.zarr`` folder that `xarray` has written from a
        `DataArray` with these axes; or a recording that keeps units.
    site
        Which site of a recording; may be left out where it has only one.
    neurons_used
        The ``.npy`` file that says where the units of an authors' tensor are: ``(unit, 5)`` with
        layer, channel, row, column and position. Looked for beside `path`, under the same name
        with ``neurons_used`` in place of ``tensor4d``, where none is given. The study counts rows
        and columns after its crop.

    Returns
    -------
    DataArray
        ``(unit, category, direction, time)``. In a plain array, 11 categories of 8 directions get
        the names of the study's, and 6 those of its retina and V1, which are the stimuli that
        `napari_nfm.analysis.encoding_tensor` leaves of the 11; other categories are numbered.
        Directions are spread evenly over 360 degrees. Time is in seconds for the study's 37
        frames, else in samples.

    Raises
    ------
    ResponseFileError
        The file is missing, damaged, of another kind or shape, or holds no numbers; nothing in
        it is ever run.
    StoreError, RecordingArgumentError
        The recording is damaged or unfinished, or has no such site.
    """
    path = Path(path).expanduser()
    if not path.exists():
        raise ResponseFileError(f"The file {path} is not there", "check the path")
    if is_recording(path):
        return _from_recording(open_recording(path), site)
    readers: dict[str, Callable[[], xr.DataArray]] = {
        ".npy": lambda: _from_npy(path, neurons_used),
        ".nc": lambda: _from_netcdf(path),
        ".zarr": lambda: _from_xarray(path, "zarr"),
    }
    if path.suffix not in readers:
        raise ResponseFileError(
            f"The file {path} is of no kind that holds response tensors",
            "give a .npy, .nc or .zarr file",
        )
    return _checked(readers[path.suffix](), path)


def _from_recording(recording: Recording, site: str | None) -> xr.DataArray:
    if recording.keep != "units":
        raise ResponseFileError(
            f"The recording {recording.path} keeps maps, not units",
            "sample units from it with sample_units",
        )
    if site is None and len(recording.sites) > 1:
        raise ResponseFileError(
            f"The recording {recording.path} has {len(recording.sites)} sites",
            f"choose with site= one of {', '.join(recording.sites)}",
        )
    return recording[site or recording.sites[0]]


def _from_npy(path: Path, neurons_used: str | Path | None) -> xr.DataArray:
    values = _unfolded(_load_npy(path))
    if values.ndim != len(RESPONSE_AXES):
        raise ResponseFileError(
            f"The array in {path} has {values.ndim} axes with shape {values.shape}",
            f"give one with four: {AXES}",
        )
    units, categories, directions, frames = values.shape
    seconds = frames == FRAMES_OF_STUDY
    coords = {
        "site": ("unit", np.full(units, path.stem)),
        "category": _category_names(categories, directions),
        "direction": np.arange(directions) * 360 / max(directions, 1),
        "time": (
            "time",
            np.arange(frames) / (FRAME_RATE if seconds else 1.0),
            {"units": "s" if seconds else "samples"},
        ),
    }
    beside = path.with_name(path.name.replace("tensor4d", "neurons_used"))
    if neurons_used is None and beside != path and beside.exists():
        neurons_used = beside
    if neurons_used is not None:
        places = _places(Path(neurons_used).expanduser(), units)
        coords |= {name: ("unit", numbers) for name, numbers in places.items()}
    return xr.DataArray(
        values, dims=RESPONSE_AXES, coords=coords, name=path.stem, attrs={"source": str(path)}
    )


def _unfolded(values: NDArray) -> NDArray:
    """Split the fibres ``(unit, category, fibre)`` of a set of the study's; leave others alone."""
    from napari_nfm.analysis.fibres import from_fibres

    directions = len(DIRECTIONS)
    known = values.ndim == 3 and values.shape[1] in _names_of_study()
    if known and values.shape[2] and values.shape[2] % directions == 0:
        return from_fibres(values, directions)
    return values


def _category_names(categories: int, directions: int) -> list[str]:
    if directions == len(DIRECTIONS) and categories in _names_of_study():
        return list(_names_of_study()[categories])
    return [str(number + 1) for number in range(categories)]


def _names_of_study() -> dict[int, tuple[str, ...]]:
    """Return the names of the study's stimulus sets, by how many they are."""
    from napari_nfm.analysis.preprocessing import OPTIMAL_STIMULI

    return {len(names): names for names in (tuple(CATEGORIES), OPTIMAL_STIMULI)}


def _places(path: Path, units: int) -> dict[str, NDArray]:
    """Read channel, y and x of every unit from the authors' table."""
    if not path.exists():
        raise ResponseFileError(f"The file {path} is not there", "check the path")
    table = _load_npy(path)
    if table.shape != (units, 5) or not np.issubdtype(table.dtype, np.integer):
        raise ResponseFileError(
            f"The table {path} is {table.dtype} with shape {table.shape}",
            f"give integers of shape ({units}, 5), or leave neurons_used out",
        )
    return {"channel": table[:, 1], "y": table[:, 2], "x": table[:, 3]}


def _load_npy(path: Path) -> NDArray:
    with open(path, "rb") as file:
        if file.read(len(NPY_SIGNATURE)) != NPY_SIGNATURE:
            raise ResponseFileError(
                f"The file {path} is damaged or no .npy file", "save the tensor with numpy.save"
            )
    try:
        return np.load(path, allow_pickle=False)
    except (OSError, ValueError, EOFError) as error:
        objects = "Object arrays" in str(error)
        raise ResponseFileError(
            f"The file {path} holds Python objects" if objects else f"The file {path} is damaged",
            "save the tensor again with numpy.save as an array of numbers",
        ) from error


def _from_netcdf(path: Path) -> xr.DataArray:
    with open(path, "rb") as file:
        if file.read(len(HDF5_SIGNATURE)) == HDF5_SIGNATURE:
            raise ResponseFileError(
                f"The file {path} is NetCDF 4, which needs more packages to read",
                "save it with to_netcdf(format='NETCDF3_64BIT'), or as .zarr",
            )
    return _from_xarray(path, "scipy")


def _from_xarray(path: Path, engine: str) -> xr.DataArray:
    try:
        with xr.open_dataset(path, engine=engine) as dataset:
            arrays = list(dataset.data_vars.values())
            if len(arrays) == 1:
                return arrays[0].load()
    except Exception as error:  # readers of damaged files raise whatever comes
        raise ResponseFileError(
            f"The file {path} is damaged or no {path.suffix} file", "save the tensor again"
        ) from error
    raise ResponseFileError(
        f"The file {path} holds {len(arrays)} variables", "save one response tensor alone"
    )


def _checked(responses: xr.DataArray, path: Path) -> xr.DataArray:
    if set(responses.dims) != set(RESPONSE_AXES):
        raise ResponseFileError(
            f"The tensor in {path} has the axes {', '.join(map(str, responses.dims))}",
            f"name them {AXES}",
        )
    if responses.dtype.kind not in "iuf":
        raise ResponseFileError(
            f"The tensor in {path} holds {responses.dtype} values", "save real numbers"
        )
    if responses.size == 0:
        raise ResponseFileError(
            f"The tensor in {path} is empty, with shape {responses.shape}",
            "save one with at least one entry on every axis",
        )
    if responses.isnull().all():
        raise ResponseFileError(f"The tensor in {path} is all NaN", "save one with responses")
    return responses.transpose(*RESPONSE_AXES)
