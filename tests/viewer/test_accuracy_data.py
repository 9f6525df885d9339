"""Accuracies and confusions as they are drawn."""

import numpy as np
import pytest
from tube_builders import make_tubes

from napari_nfm.analysis import decoding_accuracy
from napari_nfm.viewer.accuracy_data import accuracy_page, confusion

SITE = "encoder.L8"


@pytest.fixture(scope="module")
def accuracy():
    return decoding_accuracy(make_tubes(noise=0.2, n_frames=8))


def test_curves_are_the_accuracies_and_their_intervals(accuracy):
    page = accuracy_page(accuracy, SITE)
    for kind, found in (("growing", accuracy.growing), ("shrinking", accuracy.shrinking)):
        curve = page.curves[kind]
        np.testing.assert_array_equal(curve.mean, found.mean)
        np.testing.assert_array_equal(np.stack([curve.low, curve.high], 1), found.interval)
        np.testing.assert_array_equal(curve.frames, np.arange(8))
    assert page.chance == 1 / 11
    assert page.chance_low < page.chance < page.chance_high


def test_the_description_names_classifier_and_samples(accuracy):
    words = accuracy_page(accuracy, SITE).description
    assert "3 nearest neighbours" in words
    assert "88 samples" in words
    assert f"{100 * float(accuracy.growing.mean[-1]):.0f} %" in words
    logistic = decoding_accuracy(make_tubes(8, n_frames=2), classifier="logistic", n_runs=2)
    assert "logistic regression, 5 folds, 2 runs" in accuracy_page(logistic, SITE).description


def test_rows_of_a_confusion_are_shares(accuracy):
    shown = confusion(accuracy, "growing", 7)
    np.testing.assert_allclose(shown.shares.sum(axis=1), 1)
    assert np.trace(shown.shares) / 11 == pytest.approx(float(accuracy.growing.mean[7]))
    assert shown.titles[0] == "Grating, low spatial frequency"
    assert shown.window.startswith("Frames 0 to 7: ")
    assert confusion(accuracy, "shrinking", 3).window.startswith("Frames 3 to 7: ")


def test_the_published_accuracy_is_that_of_the_same_site_and_classifier(accuracy):
    assert accuracy_page(accuracy, SITE).published == 0.61
    assert accuracy_page(accuracy, "encoder.L5").published is None
