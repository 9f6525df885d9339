"""What the explorer computes for the encoding manifold, by the real analysis where it can."""

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from manifold_builders import make_manifold, make_rank_choice, make_responses

from napari_nfm.jobs import Cancelled
from napari_nfm.viewer import encoding_tasks
from napari_nfm.viewer.plans import ManifoldSettings, RankSettings
from napari_nfm.viewer.roles import Role

SITE = "encoder.L1"


@pytest.fixture(autouse=True)
def kept(tmp_path, monkeypatch):
    """Keep finished steps away from the user's cache."""
    folder = tmp_path / "kept"
    monkeypatch.setattr(encoding_tasks, "kept_steps", lambda: folder)
    return folder


@pytest.fixture
def responses():
    """Tuned units on a ring of directions, each with a favourite of four stimuli."""
    rng = np.random.default_rng(0)
    preferred = np.linspace(0, 8, 48, endpoint=False)
    tuned = np.exp(2 * np.cos(2 * np.pi * (np.arange(8) - preferred[:, None]) / 8))
    liked = 0.2 + rng.dirichlet(np.ones(4), 48)
    course = np.exp(-0.5 * ((np.arange(10) - 5) / 2) ** 2)
    values = np.einsum("ns,nd,t->nsdt", liked, tuned, course)
    return xr.DataArray(
        values * rng.uniform(0.95, 1.05, values.shape),
        dims=("unit", "category", "direction", "time"),
        coords={
            "category": list("abcd"),
            "direction": np.arange(8) * 45.0,
            "site": ("unit", [SITE] * 48),
            "channel": ("unit", np.arange(48) // 12),
            "y": ("unit", np.arange(48) % 12),
            "x": ("unit", np.arange(48) % 7),
        },
    )


def test_responses_become_a_manifold_whose_settings_return(responses, kept):
    settings = ManifoldSettings(rank=3, n_starts=2, seed=4, keep=(1,))
    site, manifold = encoding_tasks.encode(SITE, responses, settings)
    assert site == SITE
    assert {"channel", "factor_3", "osi"} <= set(manifold.units.columns)
    assert len(manifold.units) + len(manifold.left_out) == 48
    assert ManifoldSettings.of(manifold.provenance) == settings
    assert any(kept.iterdir())


def test_a_sweep_tells_of_each_rank_and_goes_on_where_it_stopped(responses):
    settings = RankSettings(first=1, last=3, n_starts=2)
    told = []

    def stop_after_two():
        return len(told) >= 2

    with pytest.raises(Cancelled):
        encoding_tasks.sweep(
            SITE, responses, settings, lambda *it: told.append(it), should_stop=stop_after_two
        )
    assert told[0] == (1, None)
    rank, choice = told[1]
    assert rank == 2
    assert choice.ranks.tolist() == [1, 2]
    fitted = []
    _, whole = encoding_tasks.sweep(SITE, responses, settings, lambda rank, _: fitted.append(rank))
    assert fitted == [1, 2, 3]
    np.testing.assert_array_equal(whole.mean[:2], choice.mean)


def test_computing_shows_the_manifold(explorer, viewer, responses, qtbot):
    explorer.session.add_responses({SITE: responses})
    with qtbot.waitSignal(explorer.encoding.manifold_shown, timeout=120_000) as shown:
        explorer.encoding.compute_manifold(SITE, ManifoldSettings(rank=2, n_starts=1))
    assert shown.args == [SITE]
    assert explorer.encoding.manifold_site == SITE
    assert explorer.world.find(Role.MANIFOLD).visible
    assert viewer.dims.ndisplay == 3
    explorer.jobs.wait(60)


def test_what_cannot_be_computed_is_one_sentence(explorer, responses, assert_one_clear_sentence):
    explorer.session.add_responses({SITE: responses * np.nan})
    explorer.encoding.compute_manifold(SITE, ManifoldSettings(rank=2, n_starts=1))
    from napari_nfm.analysis import AnalysisError

    with pytest.raises(AnalysisError) as caught:
        explorer.jobs.wait(60)
    assert_one_clear_sentence(caught.value, "NaN")
    assert explorer.encoding.manifold_site is None


def test_ranks_arrive_while_the_sweep_runs(explorer, responses, monkeypatch):
    told = []
    explorer.encoding.rank_fitted.connect(lambda rank, choice: told.append((rank, choice)))
    explorer.session.add_responses({SITE: responses})

    def sweep(site, given, settings, on_choice, *, progress, should_stop):  # noqa: ARG001
        choice = make_rank_choice(range(2, 4))
        on_choice(2, None)
        on_choice(3, choice)
        return site, choice

    monkeypatch.setattr(encoding_tasks, "sweep", sweep)
    explorer.encoding.sweep_ranks(SITE, RankSettings(last=3))
    explorer.jobs.wait(60)
    assert [rank for rank, _ in told] == [2, 3]
    assert told[0][1] is None
    assert explorer.session.rank_choices[SITE] is told[1][1]


def test_a_sweep_that_was_given_up_tells_nothing_more(explorer, responses):
    told = []
    explorer.encoding.rank_fitted.connect(lambda *it: told.append(it))
    explorer.session.add_responses({SITE: responses})
    explorer.encoding.sweep_ranks(SITE, RankSettings(first=1, last=1, n_starts=1))
    stale = explorer.encoding._sweep
    explorer.encoding.sweep_ranks(SITE, RankSettings(first=1, last=1, n_starts=1))
    explorer.encoding._rank_arrived.emit(stale, SITE, 9, make_rank_choice())
    assert told == []
    explorer.jobs.wait(60)
    assert [rank for rank, _ in told] == [1]


def test_the_picked_rank_is_told_once(explorer):
    picked = []
    explorer.encoding.rank_picked.connect(picked.append)
    explorer.encoding.pick_rank(7)
    explorer.encoding.pick_rank(7)
    assert (explorer.encoding.rank, picked) == (7, [7])


def test_a_population_of_any_kind_is_a_site_of_its_own(explorer, tmp_path):
    path = tmp_path / "retina_tensor_traces.npy"
    np.save(path, np.random.default_rng(0).random((20, 6, 8, 15)))
    explorer.encoding.open_population(path)
    explorer.jobs.wait(60)
    assert explorer.session.responses["retina_tensor_traces"].sizes["unit"] == 20
    assert explorer.session.selection.site == "retina_tensor_traces"


def test_a_new_recording_forgets_all_but_other_populations(recorded, store, tmp_path):
    session = recorded.session
    path = tmp_path / "V1.npy"
    np.save(path, np.random.default_rng(0).random((60, 6, 8, 12)))
    recorded.encoding.open_population(path)
    recorded.jobs.wait(60)
    for site in ("V1", "output"):
        session.add_manifold(site, make_manifold(60, site=site))
        recorded.session.add_rank_choice(site, make_rank_choice())
    recorded.encoding.show_manifold("output")
    session.selection.units = (3,)
    recorded.open_recording(store)
    recorded.jobs.wait(60)
    assert list(session.manifolds) == list(recorded.session.rank_choices) == ["V1"]
    assert set(session.responses) == {"encoder.L1", "recurrent.hidden", "output", "V1"}
    assert session.selection.units == ()
    assert recorded.encoding.manifold_site is None
    assert recorded.world.find(Role.MANIFOLD) is None


def test_other_responses_of_a_site_forget_its_manifold(explorer):
    explorer.session.add_responses({SITE: make_responses(60, site=SITE)})
    explorer.session.add_manifold(SITE, make_manifold(60, site=SITE))
    explorer.add_responses(SITE, make_responses(40, site=SITE, seed=1))
    explorer.jobs.wait(60)
    assert explorer.session.manifolds == {}


def test_selected_units_and_feature_maps_of_the_network_agree(loaded):
    session = loaded.session
    session.add_responses({SITE: make_responses(60, site=SITE)})
    session.add_manifold(SITE, make_manifold(60, site=SITE))
    loaded.encoding.show_manifold(SITE)
    session.selection.units = (40,)
    loaded.jobs.wait(60)
    channel = int(session.responses[SITE]["channel"][40])
    assert channel in loaded.world.movie_and_maps.maps_shown.channels
    assert loaded.world.find(Role.UNIT_MARKERS).features["unit"].tolist() == [40]
    session.choose("grat_W2", 45.0)
    loaded.jobs.wait(60)
    assert loaded.world.find(Role.UNIT_MARKERS).features["unit"].tolist() == [40]
    session.selection.site = "output"
    loaded.jobs.wait(60)
    assert loaded.world.find(Role.UNIT_MARKERS) is None


def test_units_are_written_with_what_their_columns_mean(explorer, tmp_path):
    manifold = make_manifold(60, site=SITE)
    explorer.session.add_manifold(SITE, manifold)
    explorer.encoding.show_manifold(SITE)
    path = tmp_path / "units.csv"
    explorer.world.find(Role.MANIFOLD).save(str(path), plugin="napari-nfm")
    table = pd.read_csv(path, comment="#").set_index("unit")
    pd.testing.assert_frame_equal(
        table[manifold.units.columns], manifold.units, check_dtype=False, rtol=1e-6
    )
    assert {"z", "viewer_y", "viewer_x"} <= set(table.columns)
    np.testing.assert_allclose(table["diffusion_component_2"], manifold.coordinates[:, 1])
    explained = [line for line in path.read_text().splitlines() if line.startswith("#")]
    assert not [line for line in explained if "feature of the layer" in line]
