"""Cross-validated classifiers that see the inner products of the samples and nothing else."""

from typing import Literal, Protocol, get_args

import numpy as np
import numpy.typing as npt

from napari_nfm.analysis.errors import AnalysisError
from napari_nfm.analysis.logistic import LogisticFolds

__all__ = [
    "CLASSIFIERS",
    "Classifier",
    "Decoder",
    "LogisticRegression",
    "NearestNeighbours",
    "stratified_folds",
]

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
Classifier = Literal["knn", "logistic"]
CLASSIFIERS: tuple[Classifier, ...] = get_args(Classifier)


class Decoder(Protocol):
    """Predicts the class of every sample from the others."""

    def predict(self, gram: FloatArray) -> tuple[IntArray, float]:
        """Return held-out classes ``(run, sample)`` from inner products ``(sample, sample)``.

        Also, how many independent samples the accuracy is worth.
        """


class NearestNeighbours:
    """Majority of the nearest samples, each sample left out in turn.

    Parameters
    ----------
    labels
        ``(sample,)``, the classes, from 0.
    n_neighbours
        How many samples vote.

    Raises
    ------
    AnalysisError
        There are not so many other samples, and one more.
    """

    def __init__(self, labels: IntArray, n_neighbours: int) -> None:
        if not 1 <= n_neighbours < len(labels) - 1:
            raise AnalysisError(
                f"The argument n_neighbours is {n_neighbours} for {len(labels)} samples",
                f"ask for 1 to {len(labels) - 2}",
            )
        self._labels = labels
        self._classes = np.eye(int(labels.max()) + 1)[labels]
        self._n_neighbours = n_neighbours

    def predict(self, gram: FloatArray) -> tuple[IntArray, float]:
        """Return held-out classes ``(1, sample)``; of equally many votes, the first class.

        A sample votes for several others, so their predictions are not independent. How many
        independent ones they are worth follows from the jackknife's variance of the accuracy.
        """
        squares = np.diag(gram)
        both = squares[:, np.newaxis] + squares
        distances = both - 2 * gram
        distances[distances < 1e-13 * both] = 0  # equal samples, up to rounding
        np.fill_diagonal(distances, np.inf)
        nearest = np.argsort(distances, axis=1, kind="stable")[:, : self._n_neighbours + 1]
        votes = self._classes[nearest]
        counts = votes[:, : self._n_neighbours].sum(axis=1)
        predicted = counts.argmax(axis=1)
        return predicted[np.newaxis], self._worth(predicted, nearest, votes, counts)

    def _worth(
        self, predicted: IntArray, nearest: IntArray, votes: FloatArray, counts: FloatArray
    ) -> float:
        """Return the number of independent samples that would give the jackknife's variance."""
        n_samples, voting = len(predicted), self._n_neighbours
        right = predicted == self._labels
        # without one of its neighbours, the next nearest sample votes
        others = counts[:, np.newaxis] - votes[:, :voting] + votes[:, voting:]
        still = others.argmax(axis=2) == self._labels[:, np.newaxis]
        changes = still.astype(np.float64) - right[:, np.newaxis]
        lost = np.bincount(nearest[:, :voting].ravel(), changes.ravel(), minlength=n_samples)
        without = (right.sum() - right + lost) / (n_samples - 1)
        variance = (n_samples - 1) * without.var()
        share = right.mean()
        if variance == 0:
            return float(n_samples)
        return float(min(n_samples, max(1, share * (1 - share) / variance)))


class LogisticRegression:
    """Multinomial logistic regression, each fold predicted from the others.

    Parameters
    ----------
    labels
        ``(sample,)``, the classes, from 0.
    fold_of
        ``(run, sample)``, the fold in which a sample is predicted.
    """

    def __init__(self, labels: IntArray, fold_of: IntArray) -> None:
        self._shape = len(fold_of), int(fold_of.max()) + 1, len(labels)
        held_out = fold_of[:, np.newaxis] == np.arange(self._shape[1])[:, np.newaxis]
        self._folds = LogisticFolds(labels, ~held_out.reshape(-1, len(labels)))
        self._fold_of = fold_of[:, np.newaxis]

    def predict(self, gram: FloatArray) -> tuple[IntArray, float]:
        """Return held-out classes ``(run, sample)``, and their number: each counts as one."""
        of_folds = self._folds.predict(gram).reshape(self._shape)
        return np.take_along_axis(of_folds, self._fold_of, axis=1)[:, 0], float(self._shape[2])


def stratified_folds(labels: IntArray, n_folds: int, n_runs: int, seed: int) -> IntArray:
    """Return the fold of each sample ``(run, sample)``, as scikit-learn divides them.

    Run r is shuffled with seed + r.

    Raises
    ------
    AnalysisError
        A class has fewer samples than there are folds, or nothing is to be run.
    """
    from sklearn.model_selection import StratifiedKFold

    fewest = int(np.bincount(labels).min())
    if fewest < 2:
        raise AnalysisError(
            "The responses are to one direction of each category",
            "record more directions, some to learn from and others to test on",
        )
    if not 2 <= n_folds <= fewest:
        raise AnalysisError(
            f"The argument n_folds is {n_folds} for {fewest} directions of each category",
            f"ask for 2 to {fewest}",
        )
    if n_runs < 1:
        raise AnalysisError(f"The argument n_runs is {n_runs}", "ask for at least one run")
    fold_of = np.empty((n_runs, len(labels)), dtype=np.int64)
    for run in range(n_runs):
        folds = StratifiedKFold(n_folds, shuffle=True, random_state=seed + run)
        for number, (_, held_out) in enumerate(folds.split(np.zeros(len(labels)), labels)):
            fold_of[run, held_out] = number
    return fold_of
