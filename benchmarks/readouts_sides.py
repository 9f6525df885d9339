"""Both sides of the decoding benchmark, each made in a process of its own by `sides.Worker`.

The reference is a plain port of the study's way, written from its description: scikit-learn's
classifiers on all units, one fit per window, run and fold.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from populations import N_DIRECTIONS, N_FRAMES, drawn_factors
from scipy.ndimage import gaussian_filter1d

N_CATEGORIES, N_FACTORS = 11, 9
NOISE = 1.0
"""Standard deviation of the noise, slow as responses are, in root mean squares of the responses."""

Accuracies = tuple[NDArray[np.float64], NDArray[np.float64]]


@cache
def responses(n_units: int) -> NDArray[np.float64]:
    """Return drawn responses ``(unit, category, direction, time)`` of the study's size."""
    rng = np.random.default_rng(n_units)
    neural, _, response = drawn_factors(n_units, N_FACTORS, rng)
    stimulus = rng.gamma(0.8, 1, (N_CATEGORIES, N_FACTORS))
    fibres = np.einsum("nr,sr,pr->nsp", neural, stimulus, response, optimize=True)
    maps = fibres.reshape(n_units, N_CATEGORIES, N_FRAMES, N_DIRECTIONS).swapaxes(2, 3)
    noise = gaussian_filter1d(rng.standard_normal(maps.shape), 3.0, axis=-1)
    noise *= NOISE * np.sqrt(np.mean(maps**2)) / noise.std()
    return np.ascontiguousarray(np.clip(maps + noise, 0, None))


class OurSide:
    """`napari_nfm.analysis.decoding_accuracy`, all windows at once."""

    def prepare(self, n_units: int) -> None:
        """Draw the responses and load the packages."""
        from napari_nfm.analysis import decoding_accuracy

        decoding_accuracy(responses(n_units)[:5, :, :, :3])
        decoding_accuracy(responses(n_units)[:5, :, :, :3], classifier="logistic")

    def decode(self, n_units: int, classifier: Any) -> Accuracies:
        """Return the mean accuracies of growing and shrinking windows."""
        from napari_nfm.analysis import decoding_accuracy

        found = decoding_accuracy(responses(n_units), classifier=classifier)
        return found.growing.mean.values, found.shrinking.mean.values


class ReferenceSide:
    """The study's way."""

    def prepare(self, n_units: int) -> None:
        """Draw the responses and load the packages."""
        responses(n_units)
        self.decode(n_units, "knn", (0,))

    def decode(self, n_units: int, classifier: str, frames: tuple[int, ...]) -> Accuracies:
        """Return the mean accuracies of the growing and shrinking windows that end or begin there.

        Whole averages are taken anew for every window, as there.
        """
        tensor = responses(n_units).transpose(2, 1, 0, 3)  # (direction, category, unit, time)
        tensor = np.ascontiguousarray(tensor).reshape(-1, n_units, N_FRAMES)
        labels = np.arange(len(tensor)) % N_CATEGORIES
        accuracy = {"knn": _neighbours, "logistic": _logistic}[classifier]
        growing = [accuracy(tensor[..., : frame + 1].mean(axis=2), labels) for frame in frames]
        shrinking = [accuracy(tensor[..., frame:].mean(axis=2), labels) for frame in frames]
        return np.array(growing), np.array(shrinking)


def _neighbours(samples: NDArray[np.float64], labels: NDArray[np.int64]) -> float:
    from sklearn.model_selection import LeaveOneOut, cross_val_predict
    from sklearn.neighbors import KNeighborsClassifier

    model = KNeighborsClassifier(n_neighbors=3)
    return float(np.mean(cross_val_predict(model, samples, labels, cv=LeaveOneOut()) == labels))


def _logistic(samples: NDArray[np.float64], labels: NDArray[np.int64]) -> float:
    import warnings

    from sklearn.exceptions import ConvergenceWarning
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import StratifiedKFold, cross_val_score

    runs = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # the study's 200 iterations
        for run in range(5):
            folds = StratifiedKFold(5, shuffle=True, random_state=42 + run)
            model = LogisticRegression(max_iter=200)
            runs.append(cross_val_score(model, samples, labels, cv=folds).mean())
    return float(np.mean(runs))
