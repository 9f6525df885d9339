"""Readouts come back from their files as they were."""

import dataclasses

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from napari_nfm.analysis import decoding_accuracy, tubularity, tubularity_sensitivity
from napari_nfm.analysis.archive import fingerprint, read_archive, write_archive


def responses(n_frames=9):
    rng = np.random.default_rng(0)
    values = rng.normal(size=(12, 3, 5, n_frames)).cumsum(axis=-1)
    return xr.DataArray(
        values,
        dims=("unit", "category", "direction", "time"),
        coords={
            "category": ["grating", "dots", "triplets"],
            "direction": [0, 72, 144, 216, 288],
            "time": ("time", np.arange(n_frames) / 30, {"units": "s"}),
        },
        attrs={"site": "output", "twin_fingerprint": "0123"},
    )


RESULTS = {
    "tubularity": lambda: tubularity(responses(), n_bootstrap=3, smoothing=0.1),
    "tubularity of clusters": lambda: tubularity(responses(), labels=[0, 1, 2] * 5, n_bootstrap=2),
    "tubularity of curves": lambda: tubularity(curves=responses()[:6].values.transpose(1, 2, 3, 0)),
    "accuracy by neighbours": lambda: decoding_accuracy(responses()),
    "accuracy by regression": lambda: decoding_accuracy(responses(), classifier="logistic"),
    "sensitivity": lambda: tubularity_sensitivity(
        {"output": responses(), "encoder.L1": responses(12)},
        **{"quantiles": [0.5], "n_bins": [50], "smoothing": [1.0], "n_components": [3]},
    ),
}


def assert_the_same(first, second):
    assert type(first) is type(second)
    if dataclasses.is_dataclass(first):
        for field in dataclasses.fields(first):
            assert_the_same(getattr(first, field.name), getattr(second, field.name))
    elif isinstance(first, pd.DataFrame):
        pd.testing.assert_frame_equal(first, second, check_dtype=False)
    elif isinstance(first, xr.DataArray):
        xr.testing.assert_identical(first, second)
    elif isinstance(first, np.ndarray):
        np.testing.assert_array_equal(first, second)
    else:
        assert first == second


@pytest.mark.parametrize("name", RESULTS)
def test_a_result_comes_back_from_its_file(name, tmp_path):
    result = RESULTS[name]()
    write_archive(tmp_path / "first.npz", result)
    again = read_archive(tmp_path / "first.npz")
    assert_the_same(result, again)
    assert fingerprint(result) == fingerprint(again)
    write_archive(tmp_path / "second.npz", RESULTS[name]())
    assert (tmp_path / "first.npz").read_bytes() == (tmp_path / "second.npz").read_bytes()


def test_what_is_computed_from_a_result_is_the_same_after_its_file(tmp_path):
    result = RESULTS["tubularity"]()
    write_archive(tmp_path / "first.npz", result)
    again = read_archive(tmp_path / "first.npz")
    pd.testing.assert_frame_equal(result.table(), again.table())
    np.testing.assert_array_equal(result.interval_mean_s_tight, again.interval_mean_s_tight)
    assert again.settings.smoothing == 0.1
    sweep = RESULTS["sensitivity"]()
    write_archive(tmp_path / "sweep.npz", sweep)
    pd.testing.assert_frame_equal(
        sweep.kendall, read_archive(tmp_path / "sweep.npz").kendall, check_dtype=False
    )
