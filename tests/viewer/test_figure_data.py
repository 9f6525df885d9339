import pytest
from manifold_builders import make_manifold, make_responses

from napari_nfm.analysis import (
    decoding_accuracy,
    decoding_trajectories,
    removal_sweep,
    tubularity,
)
from napari_nfm.figures import FigureError, FigureStyle
from napari_nfm.session import Session
from napari_nfm.viewer.figure_data import FigureSource, drawing_of
from napari_nfm.viewer.figure_plans import FigureKind, FigurePlan

SITE = "encoder.L1"
SMALL = FigureStyle(dpi=50)


@pytest.fixture(scope="module")
def session():
    """All that is known of one site, and the trajectories of another."""
    session, responses = Session(), make_responses()
    session.add_responses({SITE: responses})
    session.selection.site = SITE
    session.add_result(SITE, decoding_trajectories(responses))
    session.add_result("output", decoding_trajectories(make_responses(seed=1)))
    session.add_manifold(SITE, make_manifold())
    session.add_score(SITE, tubularity(responses))
    for classifier in ("knn", "logistic"):
        session.add_accuracy(SITE, decoding_accuracy(responses, classifier=classifier))
    session.add_removal(SITE, removal_sweep(responses, range(20), shares=(0, 1), n_random=2))
    session.selection.units = (3, 4, 7)
    return session


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        (FigureKind.STUDY, "Readouts of Encoder L1. a,"),
        (FigureKind.TRAJECTORIES, "60 units"),
        (FigureKind.MANIFOLD, "3 selected units"),
        (FigureKind.UNIT, "unit 3 of Encoder L1"),
        (FigureKind.RADIUS, "Radius of the tubes of Encoder L1"),
        (FigureKind.ACCURACY, "(knn and logistic)"),
        (FigureKind.CONFUSION, "(knn and logistic)"),
        (FigureKind.REMOVAL, "2 draws"),
    ],
)
def test_every_view_of_the_current_site_is_drawn(session, kind, words):
    found = drawing_of(FigurePlan(kind, style=SMALL), FigureSource(session))()
    assert words in found.caption
    assert found.tables


def test_a_figure_of_all_sites_is_of_those_that_are_known(session):
    plan = FigurePlan(FigureKind.STUDY, all_sites=True, style=SMALL)
    found = drawing_of(plan, FigureSource(session))()
    assert set(found.tables["trajectories"]["site"]) == {SITE, "output"}
    plan = FigurePlan(FigureKind.ACCURACY, all_sites=True, style=SMALL)
    found = drawing_of(plan, FigureSource(session))()
    assert set(found.tables["accuracy"]["curve"]) == {SITE}
    assert set(found.tables["accuracy"]["classifier"]) == {"logistic"}


def test_the_unit_that_is_looked_at_is_the_one_that_is_drawn(session):
    chosen = session.snapshot()
    chosen.selection.unit = 7
    found = drawing_of(FigurePlan(FigureKind.UNIT, style=SMALL), FigureSource(chosen))()
    assert set(found.tables["responses"]["unit"]) == {7}


@pytest.mark.parametrize("kind", [kind for kind in FigureKind if kind is not FigureKind.CANVAS])
@pytest.mark.parametrize("site", [None, "recurrent.out"])
def test_what_is_not_there_is_said_with_what_to_do(kind, site, assert_one_clear_sentence):
    session = Session()
    session.selection.site = site
    with pytest.raises(FigureError) as found:
        drawing_of(FigurePlan(kind), FigureSource(session))
    assert_one_clear_sentence(found.value)
