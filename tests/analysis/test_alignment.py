import numpy as np
import pytest
import xarray as xr
from scipy.ndimage import gaussian_filter1d

from napari_nfm.analysis import AnalysisError, alignment, alignment_matrix
from napari_nfm.analysis.comparing.dynamics import best_rotation, linear_flow
from napari_nfm.jobs import Cancelled

METHODS = ["rsa", "cca", "linear predictivity", "dsa"]
N_LATENT = 6


def latents(seed, smoothness=3.0):
    """Smooth random paths ``(category, direction, time, latent)``."""
    white = np.random.default_rng(seed).standard_normal((5, 8, 30, N_LATENT))
    return gaussian_filter1d(white, smoothness, axis=2)


def seen_through(paths, n_units, seed):
    """Responses of units that mix the latents at random."""
    mixing = np.random.default_rng(seed).standard_normal((paths.shape[-1], n_units))
    return np.einsum("cdtk,kn->ncdt", paths, mixing)


def rotation(size, seed=0):
    return np.linalg.qr(np.random.default_rng(seed).standard_normal((size, size)))[0]


@pytest.fixture(scope="module")
def population():
    return seen_through(latents(0), 40, 1)


@pytest.mark.parametrize("method", METHODS)
def test_a_population_is_aligned_with_itself(population, method):
    result = alignment(population, population, method=method, n_components=4)
    assert result.score == pytest.approx(1, abs=1e-6)
    assert result.method == method


@pytest.mark.parametrize("method", ["rsa", "cca", "linear predictivity", "dsa"])
def test_rotation_of_the_population_changes_nothing(population, method):
    turned = np.einsum("ncdt,nm->mcdt", population, rotation(40))
    result = alignment(population, turned, method=method, n_components=4, dissimilarity="euclidean")
    assert result.score == pytest.approx(1, abs=1e-6)


@pytest.mark.parametrize("method", ["cca", "linear predictivity"])
def test_other_units_of_the_same_latents_are_aligned(population, method):
    other = seen_through(latents(0), 25, 9)
    result = alignment(population, other, method=method, n_components=N_LATENT)
    assert result.score == pytest.approx(1, abs=1e-6)


@pytest.mark.parametrize("method", METHODS[:3])
def test_unrelated_populations_score_about_zero(method):
    scores = [
        alignment(
            seen_through(latents(seed), 40, 1),
            seen_through(latents(seed + 100), 30, 2),
            method=method,
            n_components=4,
        ).score
        for seed in range(20)
    ]
    assert abs(np.mean(scores)) < 0.12
    assert max(scores) < 0.5


def test_held_out_correlation_is_not_fooled_by_fitting():
    """With as many dimensions as allow a perfect fit, only the training stimuli agree."""
    details = alignment(
        seen_through(latents(0), 40, 1),
        seen_through(latents(100), 40, 2),
        method="cca",
        n_components=N_LATENT,
        n_folds=2,
    ).details
    assert details["training_correlation"].mean() > 0.45
    assert details["correlation"].mean() < 0.25


def test_predictivity_is_the_share_of_variance_that_is_shared():
    rng = np.random.default_rng(5)
    shared = rng.standard_normal((3, 20, 8, 1))
    private = rng.standard_normal((3, 20, 8, 1)) * np.sqrt(1 / 3)
    target = shared + private
    result = alignment(shared, target, method="linear predictivity")
    assert result.score == pytest.approx(0.75, abs=0.06)
    np.testing.assert_allclose(result.details["explained_variance"], 0.75, atol=0.12)


def test_predictivity_has_a_direction():
    paths = latents(0)
    whole, part = seen_through(paths, 30, 1), seen_through(paths[..., :2], 30, 2)
    assert alignment(whole, part, method="linear predictivity").score > 0.99
    assert alignment(part, whole, method="linear predictivity").score < 0.6


def test_units_that_never_vary_have_no_share(population):
    target = population.copy()
    target[3] = 1.5
    result = alignment(population, target, method="linear predictivity")
    shares = result.details["explained_variance"]
    assert np.isnan(shares[3])
    assert np.isnan(shares).sum() == 1
    assert result.score == pytest.approx(1, abs=1e-6)


@pytest.mark.parametrize("dissimilarity", ["correlation", "euclidean"])
def test_rsa_equals_rsatoolbox(dissimilarity):
    rsatoolbox = pytest.importorskip("rsatoolbox", reason="compares with rsatoolbox")
    populations = [
        seen_through(latents(0), 40, 1) + 2,
        seen_through(latents(0) + 0.2 * latents(5), 30, 2) + 1,
    ]
    dissimilarities = []
    for responses in populations:
        patterns = responses.mean(axis=3).reshape(len(responses), -1).T
        data = rsatoolbox.data.Dataset(patterns)
        dissimilarities.append(rsatoolbox.rdm.calc_rdm(data, method=dissimilarity))
    theirs = rsatoolbox.rdm.compare(*dissimilarities, method="spearman").item()
    ours = alignment(*populations, method="rsa", dissimilarity=dissimilarity)
    assert 0.2 < theirs < 0.95
    assert ours.score == pytest.approx(theirs, abs=1e-9)
    if dissimilarity == "correlation":
        np.testing.assert_allclose(
            ours.details["dissimilarity"][0], dissimilarities[0].dissimilarities[0], atol=1e-9
        )


def test_flow_equals_dsa_metric():
    pytest.importorskip("DSA", reason="compares with dsa-metric")
    from DSA.dmd import DMD

    paths = np.random.default_rng(0).standard_normal((12, 30, 3)).cumsum(axis=1) / 5
    theirs = DMD(paths, n_delays=3, rank=5, lamb=1e-8)
    theirs.fit()
    flow = linear_flow(paths, 5, 3)
    # singular vectors have arbitrary signs
    found = np.abs(flow)
    np.testing.assert_allclose(found, np.abs(theirs.A_v.numpy()), atol=2e-4)
    np.testing.assert_allclose(
        np.sort_complex(np.linalg.eigvals(flow)),
        np.sort_complex(np.linalg.eigvals(theirs.A_v.numpy())),
        atol=2e-4,
    )


def test_angle_is_no_larger_than_that_of_dsa_metric():
    pytest.importorskip("DSA", reason="compares with dsa-metric")
    import torch
    from DSA.simdist import SimilarityTransformDist

    torch.manual_seed(0)
    rng = np.random.default_rng(0)
    for size in (3, 6):
        first, second = rng.standard_normal((2, size, size))
        search = SimilarityTransformDist(iters=1000, score_method="angular", lr=0.02)
        pair = (torch.tensor(flow, dtype=torch.float32) for flow in (first, second))
        theirs = float(search.fit_score(*pair))
        ours = np.arccos(best_rotation(first, second)[0])
        assert ours <= theirs + 1e-4
        assert ours > theirs - 0.2  # theirs may stay in a worse optimum


def test_best_rotation_in_closed_form():
    rng = np.random.default_rng(1)
    first, second = rng.standard_normal((2, 5, 5))
    reflected = rotation(5) * np.array([1, 1, 1, 1, -1])
    cosine, found = best_rotation(first, reflected @ first @ reflected.T)
    assert cosine == pytest.approx(1, abs=1e-9)
    np.testing.assert_allclose(found @ found.T, np.eye(5), atol=1e-9)
    symmetric = first + first.T, second + second.T
    values = [np.linalg.eigvalsh(flow) for flow in symmetric]
    best = values[0] @ values[1] / np.prod([np.linalg.norm(flow) for flow in symmetric])
    assert best_rotation(*symmetric)[0] == pytest.approx(best, abs=1e-9)


def test_flow_of_a_linear_system_has_its_eigenvalues():
    system = np.array([[0.9, -0.3, 0], [0.3, 0.9, 0], [0, 0, 0.7]])
    paths = np.empty((20, 25, 3))
    paths[:, 0] = np.random.default_rng(0).standard_normal((20, 3))
    for frame in range(1, 25):
        paths[:, frame] = paths[:, frame - 1] @ system.T
    for n_delays in (1, 4):
        found = np.linalg.eigvals(linear_flow(paths, 3, n_delays))
        expected = [0.7, 0.9 - 0.3j, 0.9 + 0.3j]
        np.testing.assert_allclose(np.sort_complex(found), expected, atol=1e-6)


def test_dynamics_of_other_speed_are_told_apart():
    def oscillators(frequencies, seed):
        rng = np.random.default_rng(seed)
        times = np.arange(40)
        phases = rng.uniform(0, 2 * np.pi, (5, 8, 1, 1))
        waves = [
            f(2 * np.pi * q * times[:, None] + phases)
            for q in frequencies
            for f in (np.cos, np.sin)
        ]
        return seen_through(np.concatenate(waves, axis=3), 30, seed)

    base = oscillators((0.05, 0.11), 0)
    same = alignment(base, oscillators((0.05, 0.11), 1), method="dsa", n_components=4)
    faster = alignment(base, oscillators((0.1, 0.22), 2), method="dsa", n_components=4)
    assert same.score > 0.97
    assert faster.score < same.score - 0.1


def test_stimuli_are_matched_by_name():
    dims = ("unit", "category", "direction", "time")
    coordinates = {"category": list("abcde"), "direction": np.arange(8) * 45.0}
    first = xr.DataArray(seen_through(latents(0), 20, 1), dims=dims, coords=coordinates)
    shuffled = first.isel(category=[3, 0, 4, 1, 2], direction=[5, 2, 7, 0, 1, 3, 6, 4])
    assert alignment(first, shuffled).score == pytest.approx(1)
    assert alignment(first, shuffled.values).score < 0.5
    stimulus = shuffled.rename(category="stimulus").transpose("time", ...)
    assert alignment(first, stimulus).score == pytest.approx(1)


def test_populations_may_differ_in_frames():
    first = seen_through(latents(0), 20, 1)
    slower = np.repeat(first, 3, axis=3)
    for method in METHODS[:3]:
        score = alignment(first, slower, method=method, n_components=4).score
        assert score == pytest.approx(1, abs=1e-6)


def test_matrix_over_sites_and_references():
    sites = {f"site {k}": seen_through(latents(k), 20 + k, k) for k in range(3)}
    matrix = alignment_matrix(sites)
    np.testing.assert_allclose(np.diag(matrix), 1)
    np.testing.assert_array_equal(matrix, matrix.T)
    assert float(matrix.sel(first="site 0", second="site 2")) == pytest.approx(
        alignment(sites["site 0"], sites["site 2"]).score
    )
    against = alignment_matrix(
        sites, {"retina": sites["site 1"]}, method="linear predictivity", n_folds=4
    )
    assert against.shape == (3, 1)
    assert against.attrs["method"] == "linear predictivity"
    assert float(against.sel(first="site 1", second="retina")) > 0.99
    expected = alignment(sites["site 2"], sites["site 1"], method="linear predictivity", n_folds=4)
    assert float(against.sel(first="site 2", second="retina")) == expected.score


def test_matrix_reports_and_stops(assert_one_clear_sentence):
    sites = {"a": seen_through(latents(0), 9, 1), "b": seen_through(latents(1), 9, 1)}
    seen = []
    alignment_matrix(sites, progress=lambda done, total, words: seen.append((done, total, words)))
    assert seen[-1] == (4, 4, "b and b")
    with pytest.raises(Cancelled):
        alignment_matrix(sites, should_stop=lambda: True)
    with pytest.raises(AnalysisError) as caught:
        alignment_matrix({"a": sites["a"], "b": sites["b"][:, :3]})
    assert_one_clear_sentence(caught.value, "Comparing a with b", "5 categories", "3")
    with pytest.raises(AnalysisError) as caught:
        alignment_matrix({})
    assert_one_clear_sentence(caught.value)


def test_results_do_not_depend_on_when_they_are_made(population):
    other = seen_through(latents(3), 30, 2)
    for method in METHODS:
        first, again = (
            alignment(population, other, method=method, n_components=4) for _ in range(2)
        )
        assert first.score == again.score
        xr.testing.assert_identical(first.details, again.details)


def silent(responses, units):
    responses = responses.copy()
    responses[units] = 0
    return responses


BASE = seen_through(latents(0), 12, 1)


@pytest.mark.parametrize(
    ("second", "arguments", "mentions"),
    [
        (BASE[:, :3], {}, ["5 categories", "3"]),
        (BASE[:, :, :4], {}, ["8 directions", "4"]),
        (silent(BASE, slice(None)), {}, ["second population", "alike"]),
        (np.where(BASE[0, 0, 0, 0] < BASE, BASE, np.nan)[:, :, :, :1], {}, ["12 units"]),
        (np.ones_like(BASE) * np.arange(5)[:, None, None], {}, ["all 12 units", "second"]),
        (BASE, {"method": "cca", "n_components": 9}, ["9", "6 dimensions"]),
        (BASE, {"method": "cca", "n_components": 0}, ["n_components is 0"]),
        (BASE, {"method": "cca", "n_folds": 41}, ["41", "40"]),
        (BASE, {"method": "linear predictivity", "n_folds": 1}, ["n_folds is 1"]),
        (BASE, {"method": "dsa", "n_components": 4, "n_delays": 30}, ["n_delays is 30", "29"]),
        (BASE, {"method": "dsa", "n_components": 12, "n_delays": 1}, ["12", "6 dimensions"]),
        (BASE, {"method": "cka"}, ["cka", "rsa"]),
        (BASE, {"dissimilarity": "cosine"}, ["cosine", "euclidean"]),
    ],
)
def test_what_cannot_be_compared_is_said(second, arguments, mentions, assert_one_clear_sentence):
    with pytest.raises(AnalysisError) as caught:
        alignment(BASE, second, **arguments)
    assert_one_clear_sentence(caught.value, *mentions)
