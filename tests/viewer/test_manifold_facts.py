import numpy as np
import pytest
from manifold_builders import make_manifold, make_rank_choice, make_responses

from napari_nfm.viewer.manifold_facts import ManifoldFacts, RankCurves
from napari_nfm.viewer.plans import ManifoldSettings


def test_only_units_that_a_rule_left_out_can_be_kept():
    facts = ManifoldFacts(make_manifold(), make_responses())
    assert {unit.unit for unit in facts.left_out if unit.can_be_kept} == {5, 6, 9, 10}
    assert not any(unit.is_kept for unit in facts.left_out)
    assert [unit.unit for unit in facts.left_out] == [2, 5, 6, 9, 10, 20]


def test_kept_units_stay_listed():
    manifold = make_manifold()
    manifold.provenance.parameters["keep"] = (33,)
    kept = [unit for unit in ManifoldFacts(manifold).left_out if unit.is_kept]
    assert [unit.unit for unit in kept] == [33]
    assert kept[0].can_be_kept


def test_places_are_told_as_far_as_they_are_known():
    responses, manifold = make_responses(), make_manifold()
    places = [unit.place for unit in ManifoldFacts(manifold, responses).left_out]
    assert places[-1] == "map 1 · y 6, x 9"
    bare = responses.drop_vars(["y", "x"])
    assert ManifoldFacts(manifold, bare).left_out[-1].place == "map 1"
    assert ManifoldFacts(manifold).left_out[-1].place == ""


def test_settings_are_those_of_the_computation():
    assert ManifoldFacts(make_manifold(rank=3)).settings == ManifoldSettings(3, 0, 3, "l1", "exact")


def test_axes_are_numbered_and_carry_their_eigenvalue():
    facts = ManifoldFacts(make_manifold())
    assert facts.axis_titles("diffusion map")[:2] == ["1 · 0.99", "2 · 0.91"]
    assert facts.axis_titles("principal components") == [str(i) for i in range(1, 9)]


def test_there_is_no_legend_of_an_unknown_column():
    facts = ManifoldFacts(make_manifold())
    assert facts.legend("factor_99") is None
    assert facts.legend("osi") is not None


@pytest.mark.parametrize(("place", "rank"), [(-3.0, 2), (4.4, 4), (4.6, 5), (99.0, 12)])
def test_the_nearest_rank_is_one_of_the_sweep(place, rank):
    assert RankCurves.of(make_rank_choice()).nearest(place) == rank


def test_a_rank_is_described_by_its_numbers():
    choice = make_rank_choice()
    curves = RankCurves.of(choice)
    described = curves.describe(8)
    assert f"{choice.mean[6]:.2f} ± {choice.std[6]:.2f}" in described
    assert "error 10.4 % · stability 0.81" in described
    assert "not among" in curves.describe(40)


def test_an_unknown_stability_is_not_written_as_a_number():
    choice = make_rank_choice()
    choice.stability = np.full(len(choice.ranks), np.nan)
    assert "stability" not in RankCurves.of(choice).describe(8)
