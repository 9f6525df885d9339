import numpy as np
import pandas as pd
import pytest
import xarray as xr

from napari_nfm.recording import label_units

UNITS = pd.DataFrame(
    {
        "session": [1] * 4,
        "scan_idx": [1] * 4,
        "unit_id": [11, 12, 15, 19],
        "cell_kind": ["ON", "simple", "complex", "simple"],
        "true_direction": [np.nan, 90.0, 10.0, 200.0],
    },
    index=pd.RangeIndex(4, name="readout_id"),
)


def responses(site, y):
    return xr.DataArray(
        np.ones((len(y), 2, 8, 3), dtype=np.float32),
        dims=("unit", "category", "direction", "time"),
        coords={"site": ("unit", [site] * len(y)), "y": ("unit", y)},
        name=site,
    )


@pytest.mark.parametrize("site", ["output", "readout.position"])
def test_labels_follow_the_readout_id(site):
    labelled = label_units(responses(site, [2, 0, 2]), UNITS)
    assert labelled.readout_id.values.tolist() == [2, 0, 2]
    assert labelled.unit_id.values.tolist() == [15, 11, 15]
    assert labelled.cell_kind.values.tolist() == ["complex", "ON", "complex"]
    assert labelled.cell_kind.dtype.kind == "U"
    np.testing.assert_array_equal(labelled.true_direction.values, [10, np.nan, 10])
    assert "session" not in labelled.coords


def test_maps_and_names_that_are_taken_stay_as_they_are():
    given = responses("recurrent.hidden", [2, 0])
    assert label_units(given, UNITS) is given
    taken = responses("output", [1]).assign_coords(cell_kind=("unit", ["mine"]))
    assert label_units(taken, UNITS).cell_kind.values.tolist() == ["mine"]
