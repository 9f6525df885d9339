import numpy as np
import pytest
import xarray as xr

from napari_nfm.recording import load_responses
from napari_nfm.recording.errors import RecordingArgumentError, ResponseFileError
from napari_nfm.stimuli import flow_ensemble

AXES = ("unit", "category", "direction", "time")


@pytest.fixture
def tensor():
    return np.random.default_rng(3).random((5, 11, 8, 37))


def test_the_authors_tensor(tmp_path, tensor):
    np.save(tmp_path / "tensor4d_fnn.npy", tensor)
    responses = load_responses(tmp_path / "tensor4d_fnn.npy")
    assert responses.dims == AXES
    np.testing.assert_array_equal(responses, tensor)
    assert tuple(responses.category.values) == flow_ensemble().categories
    assert tuple(responses.direction.values) == flow_ensemble().directions
    assert responses.time.values[30] == pytest.approx(1.0)
    assert responses.attrs["source"].endswith("tensor4d_fnn.npy")


def test_a_biological_tensor(tmp_path):
    np.save(tmp_path / "retina_tensor_traces.npy", np.ones((7, 6, 8, 135), dtype=np.float32))
    responses = load_responses(tmp_path / "retina_tensor_traces.npy")
    names = list(responses.category.values)
    assert names[0] == "Low-frequency grating"
    assert names[5] == "Bright triplets"
    assert list(responses.direction.values) == [0, 45, 90, 135, 180, 225, 270, 315]
    assert responses.time.attrs["units"] == "samples"
    assert responses.time.values[-1] == 134
    assert set(responses.site.values) == {"retina_tensor_traces"}


@pytest.mark.parametrize(("categories", "frames"), [(6, 135), (6, 37), (11, 37)])
def test_fibres_have_direction_fastest(tmp_path, categories, frames):
    maps = np.random.default_rng(0).random((3, categories, 8, frames))
    np.save(tmp_path / "a.npy", maps.swapaxes(2, 3).reshape(3, categories, -1))
    responses = load_responses(tmp_path / "a.npy")
    assert responses.dims == AXES
    np.testing.assert_array_equal(responses, maps)


def test_categories_of_another_set_are_numbered(tmp_path):
    np.save(tmp_path / "a.npy", np.ones((2, 6, 4, 5)))
    assert list(load_responses(tmp_path / "a.npy").category.values) == list("123456")


@pytest.mark.parametrize("beside", [True, False])
def test_where_the_units_are(tmp_path, tensor, beside):
    table = np.arange(25).reshape(5, 5)
    np.save(tmp_path / "tensor4d_fnn.npy", tensor)
    np.save(tmp_path / ("neurons_used_fnn.npy" if beside else "table.npy"), table)
    responses = load_responses(
        tmp_path / "tensor4d_fnn.npy", neurons_used=None if beside else tmp_path / "table.npy"
    )
    for name, column in (("channel", 1), ("y", 2), ("x", 3)):
        np.testing.assert_array_equal(responses[name], table[:, column])


@pytest.mark.filterwarnings("ignore:.*Zarr:Warning")
@pytest.mark.parametrize("suffix", [".nc", ".zarr"])
def test_what_xarray_has_written(tmp_path, recorded, suffix):
    written = recorded["units"]["encoder.L8"]
    written.attrs["sampling"] = str(written.attrs["sampling"])  # NetCDF 3 has no nested ones
    path = tmp_path / f"responses{suffix}"
    if suffix == ".nc":
        written.to_netcdf(path, engine="scipy")
    else:
        written.to_zarr(path)
    xr.testing.assert_allclose(
        load_responses(path).drop_vars(["site", "category"]),
        written.drop_vars(["site", "category"]),
    )
    assert [str(name) for name in load_responses(path).category.values] == [
        "still",
        "flow",
        "mixed",
    ]


def test_axes_are_put_in_order(tmp_path, tensor):
    array = xr.DataArray(tensor, dims=AXES, name="responses")
    array.transpose("time", "unit", "direction", "category").to_netcdf(
        tmp_path / "a.nc", engine="scipy"
    )
    np.testing.assert_array_equal(load_responses(tmp_path / "a.nc"), tensor)


def test_a_recording(recorded, assert_one_clear_sentence):
    path = recorded["units"].path
    xr.testing.assert_equal(load_responses(path, site="output"), recorded["units"]["output"])
    with pytest.raises(ResponseFileError) as caught:
        load_responses(path)
    assert_one_clear_sentence(caught.value, path, "encoder.L1", "site=")
    with pytest.raises(RecordingArgumentError):
        load_responses(path, site="nowhere")
    with pytest.raises(ResponseFileError) as caught:
        load_responses(recorded["maps"].path)
    assert_one_clear_sentence(caught.value, "sample_units")


class Bomb:
    def __reduce__(self):
        import os

        return os.mkdir, ("/tmp/a_pickle_was_run",)


def missing(path):
    return path, "not there"


def pickled(path):
    np.save(path, np.array([Bomb()], dtype=object))
    return path, "Python objects"


def truncated(path):
    np.save(path, np.ones((2, 3, 4, 5)))
    path.write_bytes(path.read_bytes()[:-40])
    return path, "damaged"


def empty_file(path):
    path.write_bytes(b"")
    return path, "damaged"


def text(path):
    path.write_text("unit,category\n1,2\n")
    return path, "damaged"


def three_axes(path):
    np.save(path, np.ones((3, 4, 5)))
    return path, "3 axes"


def no_units(path):
    np.save(path, np.ones((0, 11, 8, 37)))
    return path, "empty"


def all_nan(path):
    np.save(path, np.full((2, 3, 4, 5), np.nan))
    return path, "NaN"


def words(path):
    np.save(path, np.full((2, 3, 4, 5), "a"))
    return path, "<U1"


def archive(path):
    with open(path, "wb") as file:
        np.savez(file, tensor=np.ones((2, 3, 4, 5)))
    return path, "no .npy file"


def other_kind(path):
    path = path.with_suffix(".mat")
    path.write_bytes(b"MATLAB 5.0")
    return path, ".npy, .nc or .zarr"


def netcdf4(path):
    path = path.with_suffix(".nc")
    path.write_bytes(b"\x89HDF\r\n\x1a\n" + bytes(100))
    return path, "NetCDF 4"


def damaged_netcdf(path):
    path = path.with_suffix(".nc")
    xr.DataArray(np.ones((2, 3, 4, 5)), dims=AXES, name="a").to_netcdf(path, engine="scipy")
    path.write_bytes(path.read_bytes()[:50])
    return path, "damaged"


def two_variables(path):
    path = path.with_suffix(".nc")
    array = xr.DataArray(np.ones((2, 3, 4, 5)), dims=AXES)
    xr.Dataset({"a": array, "b": array}).to_netcdf(path, engine="scipy")
    return path, "2 variables"


def other_axes(path):
    path = path.with_suffix(".nc")
    array = xr.DataArray(np.ones((2, 3, 4, 5)), dims=("unit", "image", "direction", "time"))
    array.to_dataset(name="a").to_netcdf(path, engine="scipy")
    return path, "image"


def empty_zarr(path):
    path = path.with_suffix(".zarr")
    path.mkdir()
    return path, "damaged"


def table_of_other_units(path):
    path = path.with_name("tensor4d.npy")
    np.save(path, np.ones((2, 3, 4, 5)))
    np.save(path.with_name("neurons_used.npy"), np.ones((3, 5), dtype=int))
    return path.with_name("neurons_used.npy"), "(2, 5)"


@pytest.mark.parametrize(
    "make",
    [
        missing,
        pickled,
        truncated,
        empty_file,
        text,
        three_axes,
        no_units,
        all_nan,
        words,
        archive,
        other_kind,
        netcdf4,
        damaged_netcdf,
        two_variables,
        other_axes,
        empty_zarr,
        table_of_other_units,
    ],
)
def test_a_broken_file(tmp_path, make, assert_one_clear_sentence):
    named, mention = make(tmp_path / "responses.npy")
    path = named.with_name("tensor4d.npy") if named.name == "neurons_used.npy" else named
    with pytest.raises(ResponseFileError) as caught:
        load_responses(path)
    assert_one_clear_sentence(caught.value, named, mention)


def test_a_missing_table(tmp_path, tensor, assert_one_clear_sentence):
    np.save(tmp_path / "a.npy", tensor)
    with pytest.raises(ResponseFileError) as caught:
        load_responses(tmp_path / "a.npy", neurons_used=tmp_path / "table.npy")
    assert_one_clear_sentence(caught.value, tmp_path / "table.npy")
