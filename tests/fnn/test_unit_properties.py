"""How a unit reads the core, and what published tables say of it."""

import numpy as np
import pandas as pd
import pytest

from napari_nfm.fnn.errors import UnitPropertiesError, UnknownUnitError
from napari_nfm.fnn.readout import interpolate
from napari_nfm.fnn.unit_properties import read_unit_properties
from napari_nfm.fnn.unit_reading import unit_readout

UNITS = pd.DataFrame(
    {"session": 8, "scan_idx": 5, "unit_id": [4, 7, 9]},
    index=pd.RangeIndex(3, name="readout_id"),
)


def test_the_readout_of_a_unit_makes_its_response(tiny, movie):
    sites = ("recurrent.out", "output")
    capture = next(tiny.capture(movie, sites))
    maps, responses = (capture.activity[site][-1, 0] for site in sites)
    height, width = maps.shape[-2:]
    for unit in (0, 5):
        readout = unit_readout(tiny, unit)
        x, y = (2 * readout.column + 1) / width - 1, (2 * readout.row + 1) / height - 1
        read = interpolate(maps, maps.new_tensor([[x, y]]))[:, 0].numpy()
        response = np.exp(readout.weights @ read + readout.bias)
        assert response == pytest.approx(float(responses[0, unit, 0]), rel=1e-4)


def test_a_unit_that_is_not_there_is_named(tiny, assert_one_clear_sentence):
    with pytest.raises(UnknownUnitError) as error:
        unit_readout(tiny, tiny.units)
    assert_one_clear_sentence(error.value, f"no unit {tiny.units}")


@pytest.mark.parametrize(
    "text",
    [
        "readout_id,OSI,note\n2,0.5,a\n0,0.25,b\n",
        "# MICrONS\nunit_id,OSI,note\n9,0.5,a\n4,0.25,b\n77,0.1,c\n",
        "session,scan_idx,unit_id,OSI,note\n8,5,4,0.25,b\n7,3,9,0.9,x\n8,5,9,0.5,a\n",
    ],
)
def test_rows_are_given_to_their_units_whatever_their_order(tmp_path, text):
    path = tmp_path / "properties.csv"
    path.write_text(text)
    table = read_unit_properties(path, UNITS)
    assert table.index.name == "readout_id"
    assert table.to_dict("list") == {"OSI": [0.25, 0.5], "note": ["b", "a"]}
    assert table.index.tolist() == [0, 2]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("OSI\n0.5\n", "no column that names"),
        ("unit_id,OSI\n4.5,0.5\n", "'unit_id'"),
        ("unit_id,OSI\n77,0.5\n", "None of the units"),
        ("session,scan_idx,unit_id,OSI\n7,5,4,0.5\n", "None of the units"),
        ("unit_id,OSI\n4,0.5\n4,0.6\n", "more than one row for unit_id 4"),
        ("a,b\n1,2,3\n4,5,6,7\n", "not a readable CSV"),
        ("", "not a readable CSV"),
    ],
)
def test_bad_tables_are_named(tmp_path, text, words, assert_one_clear_sentence):
    path = tmp_path / "properties.csv"
    path.write_text(text)
    with pytest.raises(UnitPropertiesError) as error:
        read_unit_properties(path, UNITS)
    assert_one_clear_sentence(error.value, "properties.csv", words)


def test_a_missing_or_binary_table_is_named(tmp_path, assert_one_clear_sentence):
    with pytest.raises(UnitPropertiesError) as error:
        read_unit_properties(tmp_path / "none.csv", UNITS)
    assert_one_clear_sentence(error.value, "none.csv")
    (tmp_path / "bytes.csv").write_bytes(bytes(range(256)) * 20)
    with pytest.raises(UnitPropertiesError) as error:
        read_unit_properties(tmp_path / "bytes.csv", UNITS)
    assert_one_clear_sentence(error.value, "bytes.csv")
