import numpy as np
import pytest
import xarray as xr

from napari_nfm.analysis import (
    AnalysisError,
    ResponseTensorError,
    decoding_trajectories,
    tubularity,
)
from napari_nfm.analysis.preprocessing import FLOW_CATEGORIES
from napari_nfm.analysis.tubes import PRESETS
from napari_nfm.analysis.tubes.centreline import centreline
from napari_nfm.analysis.tubes.curves import as_curves, curve_distances, resample, slopes

SIMULATION = {"n_points": 160, "n_bins": 30}


@pytest.fixture(scope="module")
def golden(data_directory):
    with np.load(data_directory / "analysis" / "tubularity.npz", allow_pickle=False) as arrays:
        return dict(arrays)


@pytest.fixture(scope="module")
def golden_populations(shared):
    path = shared("golden/analysis/11_tubularity.npz")
    with np.load(path, allow_pickle=False) as arrays:
        return dict(arrays)


def curves_of(golden, name):
    if name.startswith("syn"):
        return golden["syn_curves"]
    return np.split(golden[f"{name}_xy"], np.cumsum(golden[f"{name}_npts"])[:-1])


def low_rank(factors, weights):
    """Responses (unit, category, direction, time) of a decomposition, direction fastest."""
    fibres = np.einsum("r,nr,sr,pr->nsp", weights, *factors, optimize=True)
    return fibres.reshape(*fibres.shape[:2], -1, 8).swapaxes(2, 3)


def noisy_responses(n_units=60, noise=1.0, seed=0, n_frames=20):
    """Three categories, eight directions: a smooth low-rank response and white noise."""
    rng = np.random.default_rng(seed)
    time = np.linspace(0, 1, n_frames)
    latent = np.stack(
        [
            np.sin(2 * np.pi * (time + category / 3))[np.newaxis] * (1 + 0.1 * k)
            + np.cos(np.pi * time * (k + 1 + category)) * rng.normal(1, 0.1, (8, 1))
            for category in range(3)
            for k in range(4)
        ]
    ).reshape(3, 4, 8, n_frames)
    loadings = rng.normal(size=(n_units, 4))
    signal = np.einsum("uk,ckdt->ucdt", loadings, latent)
    return signal + noise * rng.normal(size=signal.shape)


@pytest.mark.parametrize("name", ["simA", "simB", "simC", "syn", "synsingle"])
def test_scores_of_given_curves_equal_the_reference(golden, name):
    curves, labels = curves_of(golden, name), golden[f"{name}_labels"]
    settings = {} if name.startswith("syn") else SIMULATION
    found = tubularity(curves=curves, labels=labels, **settings)
    expected = {key: golden[f"{name}_{key}"] for key in ("epsilon", "S_cross", "S_tight", "Rq")}
    np.testing.assert_array_equal(found.labels, golden[f"{name}_label"])
    np.testing.assert_array_equal(found.n_curves, golden[f"{name}_n_curves"])
    np.testing.assert_allclose(found.epsilon, expected["epsilon"], rtol=1e-9)
    np.testing.assert_allclose(found.s_cross, expected["S_cross"], rtol=1e-9)
    np.testing.assert_allclose(found.s_tight, expected["S_tight"], rtol=1e-9)
    np.testing.assert_allclose(found.radius_profile, expected["Rq"], rtol=1e-9)
    np.testing.assert_allclose(found.lengths, golden[f"{name}_centerline_length"], rtol=1e-9)
    aggregate = golden[f"{name}_aggregate"]
    scores = [found.mean_s_tight, found.mean_s_cross, found.variance_s_tight]
    np.testing.assert_allclose(scores, aggregate[:3], rtol=1e-9, atol=1e-20)
    np.testing.assert_allclose(found.variance_s_cross, aggregate[3], rtol=1e-9, atol=1e-20)


@pytest.mark.parametrize("name", ["simA", "simB", "simC", "syn"])
def test_curves_are_resampled_as_in_the_reference(golden, name):
    curves = as_curves(curves_of(golden, name))
    points = resample(curves, 150 if name == "syn" else 160)
    np.testing.assert_allclose(points[0], golden[f"{name}_resampled0"], rtol=1e-9, atol=1e-12)
    expected = golden[f"{name}_tangent_dX0"]
    np.testing.assert_allclose(slopes(points)[0], expected, rtol=1e-9, atol=1e-9)
    lengths = [np.linalg.norm(np.diff(curve, axis=0), axis=1).sum() for curve in curves]
    # one of the golden curves does not move; the reference calls its length 1
    lengths = [length or 1.0 for length in lengths]
    np.testing.assert_allclose(lengths, golden[f"{name}_lengths"], rtol=1e-9)


@pytest.mark.parametrize("name", ["simB", "syn"])
def test_centreline_equals_the_reference(golden, name):
    points = resample(as_curves(curves_of(golden, name)), 150 if name == "syn" else 160)
    labels = golden[f"{name}_labels"]
    means = np.stack([points[labels == label].mean(axis=0) for label in golden[f"{name}_label"]])
    found = [centreline(mean, np.linspace(0, 1, 11), PRESETS["study"]) for mean in means]
    np.testing.assert_allclose(found, golden[f"{name}_centerline_u11"], rtol=1e-9, atol=1e-9)


def test_curve_distances_and_density_labels_equal_the_reference(golden):
    points = resample(as_curves(golden["syn_curves"]), 150)
    np.testing.assert_allclose(
        curve_distances(points), golden["syn_H1_over_median"], rtol=1e-9, atol=1e-12
    )
    found = tubularity(curves=golden["syn_curves"], labels="hdbscan")
    np.testing.assert_array_equal(found.curve_labels, golden["syn_hdbscan_labels"])
    assert -1 not in found.labels
    assert -1 in found.left_out


@pytest.mark.parametrize("name", ["output", "b1", "retina"])
def test_end_to_end_equals_the_reference_on_each_resample(golden_populations, shared, name):
    golden = golden_populations
    if name == "retina":
        with np.load(shared("data/cp_factors/retina_R16.npz"), allow_pickle=False) as arrays:
            factors = [arrays[key] for key in ("neural", "stimulus", "response")]
            responses = low_rank(factors, arrays["lambdas"])
    else:
        factors = [golden[f"{name}_F{axis}"] for axis in range(3)]
        responses = low_rank(factors, golden[f"{name}_lam"])
    for number, expected in enumerate(golden[f"{name}_per_boot"][:3]):
        drawn = golden[f"{name}_boot_idx"][number] if number else slice(None)
        found = tubularity(responses[drawn])
        scores = np.r_[found.s_tight, found.s_cross, found.epsilon]
        means = [found.mean_s_tight, found.mean_s_cross]
        variances = [found.variance_s_tight, found.variance_s_cross]
        np.testing.assert_allclose(np.r_[scores, means, variances], expected, rtol=1e-6)


def plain_components(responses, n_components=10):
    """The study's z-scored principal components by a full decomposition of a noisy matrix."""
    rows = responses.transpose(1, 2, 3, 0).reshape(-1, responses.shape[0])
    spreads = rows.std(axis=0)
    scored = (rows - rows.mean(axis=0)) / np.where(spreads > 0, spreads, 1)
    left, sizes, _ = np.linalg.svd(scored, full_matrices=False)
    scores = (left * sizes)[:, :n_components]
    return scores.reshape(-1, responses.shape[3], n_components), sizes**2 / np.sum(sizes**2)


@pytest.mark.parametrize("n_units", [60, 300, 600])
def test_components_in_a_tail_of_noise_are_exact(n_units):
    responses = noisy_responses(n_units, noise=2.0)
    curves, shares = plain_components(responses)
    assert shares[9] / shares[12] < 1.2  # the last components do not stand out
    expected = tubularity(curves=curves, labels=np.repeat(range(3), 8))
    found = tubularity(responses)
    np.testing.assert_allclose(found.s_tight, expected.s_tight, rtol=1e-6)
    np.testing.assert_allclose(found.s_cross, expected.s_cross, rtol=1e-6)
    np.testing.assert_allclose(found.explained_variance_ratio, shares[:10], rtol=1e-9)


def test_bootstrap_equals_scoring_the_drawn_units():
    responses = noisy_responses(300, noise=2.0)
    found = tubularity(responses, n_bootstrap=3, seed=4)
    drawn = np.random.default_rng(4).integers(300, size=(3, 300))
    for number, units in enumerate(drawn):
        curves, _ = plain_components(responses[units])
        expected = tubularity(curves=curves, labels=np.repeat(range(3), 8))
        np.testing.assert_allclose(found.bootstrap_s_tight[number], expected.s_tight, rtol=1e-6)
        np.testing.assert_allclose(found.bootstrap_s_cross[number], expected.s_cross, rtol=1e-6)


def test_bootstrap_is_the_same_each_time_and_gives_intervals(monkeypatch):
    responses = noisy_responses()
    first = tubularity(responses, n_bootstrap=20, seed=1)
    monkeypatch.setattr("os.cpu_count", lambda: 1)
    again = tubularity(responses, n_bootstrap=20, seed=1)
    other = tubularity(responses, n_bootstrap=20, seed=2)
    assert first.bootstrap_s_tight.tobytes() == again.bootstrap_s_tight.tobytes()
    assert first.bootstrap_s_cross.tobytes() == again.bootstrap_s_cross.tobytes()
    assert not np.array_equal(first.bootstrap_s_tight, other.bootstrap_s_tight)
    assert first.interval_s_tight.shape == (3, 2)
    low, high = first.interval_mean_s_tight
    assert low < first.mean_s_tight < high
    plain = tubularity(responses, n_bootstrap=20, seed=1, interval="percentile")
    expected = np.quantile(first.bootstrap_s_cross, [0.025, 0.975], axis=0).T
    np.testing.assert_allclose(plain.interval_s_cross, expected)
    centre = first.bootstrap_s_cross.mean(axis=0) / first.s_cross
    np.testing.assert_allclose(first.interval_s_cross * centre[:, np.newaxis], expected)
    narrow = tubularity(responses, n_bootstrap=20, seed=1, level=0.5)
    assert np.ptp(narrow.interval_mean_s_cross) < np.ptp(first.interval_mean_s_cross)
    assert {"s_tight_low", "s_cross_high"} <= set(first.table().columns)
    assert "s_tight_low" not in tubularity(responses).table().columns


def test_bundles_are_the_categories_by_name():
    responses = xr.DataArray(
        noisy_responses(),
        dims=("unit", "category", "direction", "time"),
        coords={"category": ["c", "a", "b"]},
    )
    found = tubularity(responses.transpose("time", "unit", "direction", "category"))
    assert list(found.labels) == ["c", "a", "b"]
    np.testing.assert_allclose(found.s_tight, tubularity(responses.values).s_tight)
    assert list(found.table().index) == ["c", "a", "b"]


def test_of_the_flow_ensemble_the_six_categories_of_the_study_are_taken():
    rng = np.random.default_rng(0)
    values = rng.normal(size=(30, 11, 8, 12)).cumsum(axis=3)
    chosen = [0, 6, 7, 8, 9, 10]
    expected = tubularity(values[:, chosen])
    np.testing.assert_array_equal(tubularity(values).s_tight, expected.s_tight)
    assert len(tubularity(values, categories="all").labels) == 11
    order = rng.permutation(11)
    named = xr.DataArray(
        values[:, order],
        dims=("unit", "category", "direction", "time"),
        coords={"category": np.array(FLOW_CATEGORIES)[order]},
    )
    found = tubularity(named)
    assert list(found.labels) == [FLOW_CATEGORIES[position] for position in chosen]
    np.testing.assert_allclose(found.s_tight, expected.s_tight)


def test_trajectories_are_curves_with_their_categories():
    trajectories = decoding_trajectories(noisy_responses(), n_components=5)
    found = tubularity(curves=trajectories.curves)
    assert len(found.labels) == 3
    assert found.n_components == 5
    assert found.explained_variance_ratio is None


def test_padded_moments_make_shorter_curves():
    responses = noisy_responses()
    padded = np.full((*responses.shape[:3], 25), np.nan)
    padded[..., :20] = responses
    np.testing.assert_allclose(tubularity(padded).s_tight, tubularity(responses).s_tight)
    curves = list(np.random.default_rng(0).normal(size=(4, 9, 2)))
    whole = tubularity(curves=curves)
    curves[1] = np.r_[curves[1], curves[1][-1:], np.full((3, 2), np.nan)]
    np.testing.assert_allclose(tubularity(curves=curves).s_tight, whole.s_tight)


def test_fewer_units_than_components_is_a_smaller_space():
    found = tubularity(noisy_responses(4))
    assert found.n_components == 4
    assert np.isfinite([found.mean_s_tight, found.mean_s_cross]).all()


def test_defined_values_of_degenerate_curves():
    along = np.linspace(0, 1, 20)
    line = np.stack([along, 0 * along], axis=1)
    same = tubularity(curves=[line, line, line])
    assert same.mean_s_tight < 0.5 / 100  # half a bin: the radius is taken from a bin's middle
    assert same.mean_s_cross < 1e-9
    straight = tubularity(curves=[line[[0, -1]], line[[0, -1]] + 0.1 * np.eye(2)[1]])  # two moments
    assert straight.mean_s_tight == pytest.approx(0.05, rel=5e-3)
    still = np.zeros((20, 2))
    with_one_still = tubularity(curves=[line, line + 0.1 * np.eye(2)[1], still])
    assert np.isfinite([with_one_still.mean_s_tight, with_one_still.mean_s_cross]).all()
    constant = noisy_responses()
    constant[:5] = 3.0
    np.testing.assert_allclose(tubularity(constant).s_tight, tubularity(constant[5:]).s_tight)


def test_what_cannot_be_measured_is_said(assert_one_clear_sentence):
    responses = noisy_responses(12)
    hole = responses.copy()
    hole[3, 1, 2, 5] = np.nan
    infinite = responses.copy()
    infinite[0, 0, 0, 0] = np.inf
    line = np.linspace(0, 1, 20)[:, np.newaxis] * [1.0, 2.0]
    cases = [
        (dict(), "either responses or curves"),
        (dict(responses=responses, curves=[line, line]), "either responses or curves"),
        (dict(responses=responses[0]), "axes"),
        (dict(responses=hole), "NaN"),
        (dict(responses=infinite), "infinite"),
        (dict(responses=np.ones_like(responses)), "same for all"),
        (dict(responses=responses[..., :1]), "two moments"),
        (dict(responses=responses[:, :, :1]), "two curves"),
        (dict(responses=responses, labels=[1, 2]), "2 labels"),
        (dict(responses=responses, labels="kmeans"), "kmeans"),
        (dict(responses=responses, preset="best"), "best"),
        (dict(responses=responses, colour=3), "colour"),
        (dict(responses=responses, quantile=1.5), "quantile"),
        (dict(responses=responses, n_bins=0), "n_bins"),
        (dict(responses=responses, smoothing=np.nan), "smoothing"),
        (dict(responses=responses, n_bootstrap=-1), "n_bootstrap"),
        (dict(responses=responses, interval="wide"), "wide"),
        (dict(curves=[line, line], n_bootstrap=5), "no units"),
        (dict(curves=line), "shape"),
        (dict(curves=[line, line[:1]]), "Curve 1"),
        (dict(curves=[line, line[:, :1]]), "Curve 1"),
        (dict(curves=[line, np.where(line > 1, np.nan, line)]), "Curve 1"),
        (dict(curves=[0 * line, 0 * line]), "without length"),
        (dict(curves=[line, line[::-1]]), "without length"),
        (dict(curves=[line, line + 1], preset="contextual"), "second bundle"),
        (dict(curves=[line, line], labels="hdbscan"), "cluster"),
    ]
    for arguments, mention in cases:
        with pytest.raises((AnalysisError, ResponseTensorError)) as caught:
            tubularity(arguments.pop("responses", None), **arguments)
        assert_one_clear_sentence(caught.value, mention)


def test_bootstrap_can_be_stopped_and_says_how_far_it_is():
    from napari_nfm.jobs import Cancelled

    seen = []
    tubularity(noisy_responses(), n_bootstrap=3, progress=lambda *now: seen.append(now[:2]))
    assert seen[0] == (0, 3)
    assert sorted(seen) == [(0, 3), (1, 3), (2, 3), (3, 3)]
    with pytest.raises(Cancelled):
        tubularity(noisy_responses(), n_bootstrap=3, should_stop=lambda: True)


def test_trajectories_are_the_curves_in_time():
    responses = noisy_responses()
    responses[:, 1, :, 15:] = np.nan
    found = tubularity(responses)
    moments = found.trajectories
    assert moments.dims == ("category", "direction", "time", "component")
    assert moments.shape == (3, 8, 20, 10)
    assert np.isnan(moments.values[1, :, 15:]).all()
    assert np.isfinite(moments.values[[0, 2]]).all()
    each = as_curves(moments)
    np.testing.assert_array_equal(resample(each, 150), found.curves)
    assert tubularity(curves=moments).trajectories is None
