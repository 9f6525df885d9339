import numpy as np
import pytest
import xarray as xr
from sklearn.linear_model import LogisticRegression

from napari_nfm.analysis import AnalysisError, ResponseTensorError, decoding_accuracy
from napari_nfm.analysis.classifiers import NearestNeighbours, stratified_folds
from napari_nfm.analysis.logistic import LogisticFolds
from napari_nfm.analysis.window_accuracy import wilson_interval
from napari_nfm.jobs import Cancelled


@pytest.fixture(scope="module")
def golden(data_directory):
    path = data_directory / "analysis" / "decoding_accuracy.npz"
    with np.load(path, allow_pickle=False) as arrays:
        return dict(arrays)


def as_rows(window):
    """Predictions ``(run, frame, sample)`` in the order of the study's samples."""
    rows = window.predictions.transpose("run", "frame", "direction", "category")
    return rows.values.reshape(*rows.shape[:2], -1)


def random_responses(n_units=12, n_categories=3, n_directions=6, n_frames=4, seed=0):
    rng = np.random.default_rng(seed)
    return rng.gamma(1, 1, (n_units, n_categories, n_directions, n_frames))


def test_neighbours_equal_the_reference(golden):
    result = decoding_accuracy(golden["tensor4d"])
    for window, name in ((result.growing, "inc"), (result.shrinking, "dec")):
        np.testing.assert_array_equal(as_rows(window)[0], golden[f"knn_{name}_pred"])
        np.testing.assert_allclose(window.mean, golden[f"knn_{name}"], atol=1e-12)


def test_logistic_regression_equals_the_reference(golden):
    result = decoding_accuracy(golden["tensor4d"], classifier="logistic")
    for window, name in ((result.growing, "inc"), (result.shrinking, "dec")):
        np.testing.assert_allclose(window.runs, golden[f"lr_{name}_runs"], atol=0.025)
        assert float(window.mean.mean()) == pytest.approx(
            golden[f"lr_{name}_mean"].mean(), abs=5e-3
        )
        np.testing.assert_allclose(window.std, golden[f"lr_{name}_std"], atol=0.025)


def test_folds_equal_the_reference(golden):
    fold_of = stratified_folds(np.tile(np.arange(11), 8), 5, 5, 42)
    for run in range(5):
        np.testing.assert_array_equal(fold_of[run], golden[f"fold_of_sample_run{run}"])


def test_row_space_has_the_optimum_of_all_units():
    rng = np.random.default_rng(3)
    samples = rng.normal(size=(30, 80)) * rng.gamma(0.5, 2, 80)
    labels = np.arange(30) % 3
    fold_of = stratified_folds(labels, 3, 2, 0)
    training = np.concatenate([fold_of != fold for fold in range(3)])
    predicted = LogisticFolds(labels, training).predict(samples @ samples.T)
    for fitted, found in zip(training, predicted, strict=True):
        model = LogisticRegression(tol=1e-9, max_iter=10_000)
        model.fit(samples[fitted], labels[fitted])
        np.testing.assert_array_equal(found, model.predict(samples))


def test_a_fit_does_not_depend_on_where_it_starts():
    rng = np.random.default_rng(4)
    first, second = (rng.normal(size=(24, 50)) for _ in range(2))
    labels = np.arange(24) % 4
    training = np.stack([np.arange(24) % 5 != fold for fold in range(5)])
    continued = LogisticFolds(labels, training)
    continued.predict(first @ first.T)
    fresh = LogisticFolds(labels, training)
    np.testing.assert_array_equal(
        continued.predict(second @ second.T), fresh.predict(second @ second.T)
    )


@pytest.mark.parametrize("classifier", ["knn", "logistic"])
def test_separate_categories_are_told_apart(classifier):
    responses = random_responses() * 0.01
    responses[[0, 1, 2], [0, 1, 2]] += 5
    result = decoding_accuracy(responses, classifier=classifier, n_folds=3)
    for window in (result.growing, result.shrinking):
        np.testing.assert_array_equal(window.runs, 1)
        np.testing.assert_array_equal(window.confusion, np.broadcast_to(6 * np.eye(3), (4, 3, 3)))
        assert window.interval.sel(bound="upper").min() == 1


@pytest.mark.parametrize("classifier", ["knn", "logistic"])
def test_windows_see_only_their_frames(classifier):
    responses = random_responses(n_frames=6)
    responses[[0, 1, 2], [0, 1, 2], :, 3:] += 20  # tells categories apart from frame 3 on
    result = decoding_accuracy(responses, classifier=classifier, n_folds=3)
    assert result.growing.mean[:3].max() < 0.75
    np.testing.assert_array_equal(result.growing.mean[3:], 1)
    np.testing.assert_array_equal(result.shrinking.mean, 1)
    backwards = decoding_accuracy(responses[..., ::-1], classifier=classifier, n_folds=3)
    np.testing.assert_array_equal(backwards.shrinking.runs, result.growing.runs[:, ::-1])
    np.testing.assert_array_equal(result.growing.runs[:, -1], result.shrinking.runs[:, 0])


def test_confusions_and_accuracy_are_of_the_predictions():
    result = decoding_accuracy(random_responses(), classifier="logistic", n_folds=3, n_runs=4)
    predictions = result.growing.predictions.values
    counts = [[(predictions[:, :, c] == p).sum(2).mean(0) for p in range(3)] for c in range(3)]
    np.testing.assert_allclose(result.growing.confusion, np.transpose(counts, (2, 0, 1)))
    # folds of equal size, so that the mean over folds is the share of all
    right = (predictions == np.arange(3)[:, np.newaxis]).mean((2, 3))
    np.testing.assert_allclose(result.growing.runs, right)


def test_names_and_times_are_kept():
    tensor = xr.DataArray(
        random_responses(),
        dims=("unit", "stimulus", "direction", "time"),
        coords={"stimulus": ["a", "b", "c"], "time": [0.0, 0.1, 0.2, 0.3]},
    )
    result = decoding_accuracy(tensor)
    assert list(result.growing.confusion.coords["predicted"]) == ["a", "b", "c"]
    np.testing.assert_array_equal(result.growing.mean.coords["frame"], [0.0, 0.1, 0.2, 0.3])
    shuffled = tensor.transpose("time", "direction", "unit", "stimulus")
    xr.testing.assert_equal(decoding_accuracy(shuffled).growing.runs, result.growing.runs)


def test_chance_interval_holds_what_guessing_gives():
    inside = []
    for seed in range(200):
        noise = random_responses(n_units=20, n_categories=4, n_directions=8, n_frames=1, seed=seed)
        result = decoding_accuracy(noise)
        lower, upper = result.chance_interval
        inside.append(lower <= float(result.growing.mean[0]) <= upper)
    assert result.chance == 0.25
    assert np.mean(inside) >= 0.9


def test_interval_covers_a_share():
    n_samples, share = 88, 0.66
    found = np.random.default_rng(1).binomial(n_samples, share, 2000) / n_samples
    bounds = wilson_interval(found, n_samples)
    covered = (bounds[:, 0] <= share) & (share <= bounds[:, 1])
    assert covered.mean() == pytest.approx(0.95, abs=0.015)


def test_interval_knows_that_neighbours_are_shared():
    rng = np.random.default_rng(0)
    samples = random_responses(n_units=30)[..., 0].reshape(30, -1).T
    labels = np.arange(18) % 3
    samples += 0.3 * rng.standard_normal((3, 30))[labels]
    gram = samples @ samples.T
    predicted, worth = NearestNeighbours(labels, 3).predict(gram)
    # the jackknife, spelled out
    shares = []
    for left_out in range(18):
        rest = np.delete(np.arange(18), left_out)
        again, _ = NearestNeighbours(labels[rest], 3).predict(gram[np.ix_(rest, rest)])
        shares.append(np.mean(again[0] == labels[rest]))
    share = np.mean(predicted[0] == labels)
    assert 0 < share < 1
    expected = share * (1 - share) / (17 * np.var(shares))
    assert worth == pytest.approx(np.clip(expected, 1, 18))


def test_frames_before_the_response_tell_nothing():
    responses = random_responses(n_frames=4)
    responses[..., :2] = 0.1  # no difference but rounding
    for classifier in ("knn", "logistic"):
        result = decoding_accuracy(responses, classifier=classifier, n_folds=3)
        assert result.growing.mean[:2].max() <= 0.5
        twice = decoding_accuracy(responses, classifier=classifier, n_folds=3)
        xr.testing.assert_identical(result.growing.predictions, twice.growing.predictions)


def test_progress_and_stop():
    seen = []
    decoding_accuracy(
        random_responses(), progress=lambda done, total, _: seen.append((done, total))
    )
    assert seen == [(4, 4)]
    with pytest.raises(Cancelled):
        decoding_accuracy(random_responses(), should_stop=lambda: True)


def with_nan():
    responses = random_responses()
    responses[2, 0, 0, 0] = np.nan
    return responses


@pytest.mark.parametrize(
    ("responses", "arguments", "mentions"),
    [
        (with_nan(), {}, ["12 units", "1 have NaN"]),
        (random_responses()[:, :1], {}, ["one category"]),
        (np.ones((3, 2, 4, 5)), {}, ["the same"]),
        (random_responses(), {"n_neighbours": 17}, ["17", "16"]),
        (random_responses(), {"classifier": "logistic", "n_folds": 7}, ["7", "6 directions"]),
        (random_responses(), {"classifier": "logistic", "n_runs": 0}, ["n_runs"]),
        (random_responses()[:, :, :1], {"classifier": "logistic"}, ["one direction"]),
        (random_responses(), {"classifier": "svm"}, ["svm", "logistic"]),
    ],
)
def test_what_cannot_be_decoded_is_said(responses, arguments, mentions, assert_one_clear_sentence):
    with pytest.raises(AnalysisError) as caught:
        decoding_accuracy(responses, **arguments)
    assert_one_clear_sentence(caught.value, *mentions)


def test_wrong_axes_are_named(assert_one_clear_sentence):
    with pytest.raises(ResponseTensorError) as caught:
        decoding_accuracy(np.zeros((3, 4, 5)))
    assert_one_clear_sentence(caught.value, "category")


@pytest.mark.filterwarnings("error::RuntimeWarning")
def test_loud_responses_with_heavy_tails_are_fitted():
    # as a readout's: most units are quiet, some respond a hundred times as much to one stimulus
    rng = np.random.default_rng(0)
    responses = rng.lognormal(sigma=2, size=(20, 4, 8, 1)) * rng.lognormal(size=(20, 4, 8, 3))
    found = decoding_accuracy(responses, classifier="logistic", n_runs=1)
    assert np.isfinite(found.growing.mean).all()
