import pytest

from napari_nfm.analysis import published_scores
from napari_nfm.fnn import SITES


@pytest.fixture
def tight_and_cross():
    table = published_scores()
    ours = table[table["labels"] == "stimulus"].set_index(["quantity", "population"])["value"]
    return ours["S_tight"], ours["S_cross"]


def test_every_value_has_population_site_and_source():
    table = published_scores()
    assert list(table.columns) == ["population", "site", "quantity", "labels", "value", "source"]
    assert (table["value"] > 0).all()
    assert (table["source"].str.len() > 20).all()
    biology = table["population"].isin(["Retina", "V1"])
    assert (table.loc[biology, "site"] == "").all()
    assert set(table.loc[~biology, "site"]) <= set(SITES)
    assert not table.duplicated(["population", "quantity", "labels"]).any()
    counts = table.groupby(["quantity", "labels"]).size()
    assert set(counts) == {8}
    assert len(counts) == 6


def test_order_of_the_figure_not_of_the_permuted_summary(tight_and_cross):
    tight, cross = tight_and_cross
    assert tight.idxmin() == "Retina"
    assert tight.idxmax() == "L8"
    assert set(cross.nsmallest(2).index) == {"Recurrent", "RecOut"}
    assert cross.idxmax() == "L1"
    assert tight["Retina"] < tight["Recurrent"] < tight["V1"]
    later = ["Recurrent", "RecOut", "Readout", "Output"]
    assert cross[later].max() < cross[["Retina", "V1"]].min()


def test_values_are_those_of_the_figure(tight_and_cross):
    tight, cross = tight_and_cross
    assert tight.round(3).to_dict() == pytest.approx(
        {"Retina": 0.069, "V1": 0.136, "L1": 0.202, "L8": 1.988, "Recurrent": 0.123}
        | {"RecOut": 0.121, "Readout": 0.331, "Output": 0.148},
        abs=1e-3,
    )
    assert cross["V1"] == 4.064e-5
    assert cross["Recurrent"] == 2.66e-7


def test_the_note_about_permuted_rows_comes_along():
    notes = " ".join(published_scores().attrs["notes"])
    for words in ("wrong rows", '"Retina" is L8', "smaller for tighter", "30 bootstraps"):
        assert words in notes
