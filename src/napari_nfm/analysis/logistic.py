"""Multinomial logistic regression of many folds at once, in the space that the samples span.

The penalised optimum lies in the span of the samples (the representer theorem), so a few dozen
coordinates stand for thousands of units, exactly. All folds share these coordinates: a fold only
weighs some samples with zero. Newton steps, solved by conjugate gradients for all folds together.
"""

import numpy as np
import numpy.typing as npt

from napari_nfm.analysis.errors import AnalysisError

__all__ = ["LogisticFolds"]

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]

TOLERANCE = 1e-5
"""Largest entry of the mean loss's gradient at which a fit is done, a tenth of the study's."""

MOST_STEPS, MOST_INNER_STEPS = 50, 200
"""Newton steps, and conjugate gradients in each; both are far more than any fit took."""

INTERCEPT_DAMPING = 1e-3
"""Curvature that a Newton step adds along the intercepts, which nothing else holds where loud
responses are fitted so well that the loss is flat. It changes the way, not the optimum."""

MOST_HALVINGS = 30
"""Halvings of a step that does not descend."""

INNER_SHARE = 0.1
"""Share of the gradient, in the norm of the preconditioner, left by the conjugate gradients."""

SMALLEST_SHARE = 1e-13
"""Directions with less than this share of the largest variance are rounding, and left out."""


class LogisticFolds:
    """Fits of the same samples without some of them, continued from one Gram matrix to the next.

    Minimises, per fold, the cross-entropy summed over its training samples plus half the squared
    norm of the weights (C = 1); the intercepts are free.

    Parameters
    ----------
    labels
        ``(sample,)``, 0 to the number of classes less one.
    training
        ``(fold, sample)``, True where a sample is fitted.
    """

    def __init__(self, labels: npt.NDArray[np.int64], training: BoolArray) -> None:
        n_classes = int(labels.max()) + 1
        self._training = training.T[:, :, np.newaxis].astype(np.float64)  # (sample, fold, 1)
        self._truth = np.eye(n_classes)[labels][:, np.newaxis]  # (sample, 1, class)
        self._residuals = np.zeros((len(labels), len(training), n_classes))
        self._intercepts = np.zeros((len(training), n_classes))

    def predict(self, gram: FloatArray) -> npt.NDArray[np.int64]:
        """Fit to the inner products of the samples; return the classes ``(fold, sample)``.

        The last fit is where the next one starts: at the optimum, the weights are the samples
        weighted by their residuals, whatever the coordinates.

        Raises
        ------
        AnalysisError
            A fit did not converge.
        """
        features, penalty = _coordinates(gram)
        start = -np.tensordot(features.T, self._residuals, axes=1)
        start[-1] = self._intercepts
        weights = self._fit(features, penalty, start)
        logits, probabilities = _forward(features, weights)
        self._residuals = self._training * (probabilities - self._truth)
        self._intercepts = weights[-1]
        return logits.argmax(axis=2).T

    def _fit(self, features: FloatArray, penalty: FloatArray, weights: FloatArray) -> FloatArray:
        """Return the optimal weights ``(coordinate, fold, class)``."""
        n_training = self._training.sum(axis=(0, 2))
        damped = penalty.copy()
        damped[-1] = INTERCEPT_DAMPING
        logits, _ = _forward(features, weights)
        at_zero = n_training * np.log(logits.shape[2])
        # where responses have changed much, the last fit is worse than none
        weights = weights * (self._loss(logits, weights, penalty) < at_zero)[:, np.newaxis]
        logits, probabilities = _forward(features, weights)
        loss = self._loss(logits, weights, penalty)
        for _ in range(MOST_STEPS):
            residuals = self._training * (probabilities - self._truth)
            gradient = _back(features, residuals) + penalty * weights
            largest = np.abs(gradient).max(axis=(0, 2)) / n_training
            if largest.max() <= TOLERANCE:
                return weights
            # a fit that is done takes no more steps
            gradient *= (largest > TOLERANCE)[:, np.newaxis]
            step = self._newton_step(features, damped, probabilities, gradient)
            weights, logits, loss = self._line_search(
                features, penalty, weights, logits, loss, gradient, step
            )
            probabilities = _softmax(logits)
        raise AnalysisError(
            f"A logistic regression found no optimum in {MOST_STEPS} steps",
            "bring the responses to a scale about 1, or decode with knn",
        )

    def _newton_step(
        self,
        features: FloatArray,
        penalty: FloatArray,
        probabilities: FloatArray,
        gradient: FloatArray,
    ) -> FloatArray:
        """Return about minus the inverse Hessian times `gradient`."""
        weighted = self._training * probabilities
        diagonal = _back(features**2, weighted * (1 - probabilities)) + penalty
        diagonal = np.maximum(diagonal, 1e-12 * diagonal.max())
        step = np.zeros_like(gradient)
        left = -gradient
        scaled = left / diagonal
        direction = scaled
        product = _dot(left, scaled)
        enough = INNER_SHARE**2 * product
        for _ in range(MOST_INNER_STEPS):
            going = product > enough
            if not going.any():
                break
            inner = np.tensordot(features, direction, axes=1)
            inner -= (probabilities * inner).sum(axis=2, keepdims=True)
            curved = _back(features, weighted * inner) + penalty * direction
            length = going * product / np.where(going, _dot(direction, curved), 1)
            step += length[:, np.newaxis] * direction
            left = left - length[:, np.newaxis] * curved
            scaled = left / diagonal
            new = _dot(left, scaled)
            direction = (
                scaled + (new / np.where(product > 0, product, 1))[:, np.newaxis] * direction
            )
            product = np.where(going, new, product)
        return step

    def _line_search(
        self,
        features: FloatArray,
        penalty: FloatArray,
        weights: FloatArray,
        logits: FloatArray,
        loss: FloatArray,
        gradient: FloatArray,
        step: FloatArray,
    ) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Return weights, logits and loss after the longest of 1, 1/2, 1/4 ... that descends."""
        change = np.tensordot(features, step, axes=1)
        slope = _dot(gradient, step)
        length = np.ones(len(loss))
        for _ in range(MOST_HALVINGS):
            trial = weights + length[:, np.newaxis] * step
            trial_logits = logits + length[:, np.newaxis] * change
            trial_loss = self._loss(trial_logits, trial, penalty)
            rounding = 1e-13 * np.abs(loss)
            failed = trial_loss > loss + 1e-4 * length * slope + rounding
            if not failed.any():
                return trial, trial_logits, trial_loss
            length = np.where(failed, length / 2, length)
        return trial, trial_logits, trial_loss  # too short to matter; the next step is another

    def _loss(self, logits: FloatArray, weights: FloatArray, penalty: FloatArray) -> FloatArray:
        """Return the penalised loss ``(fold,)``."""
        top = logits.max(axis=2, keepdims=True)
        total = np.log(np.exp(logits - top).sum(axis=2, keepdims=True)) + top
        right = (self._truth * logits).sum(axis=2, keepdims=True)
        fit = (self._training * (total - right)).sum(axis=(0, 2))
        return fit + 0.5 * (penalty * weights**2).sum(axis=(0, 2))


def _coordinates(gram: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return coordinates ``(sample, coordinate)`` with these inner products, and their penalties.

    A column of ones, which is not penalised, is added for the intercept.
    """
    values, vectors = np.linalg.eigh(gram)
    kept = values > SMALLEST_SHARE * max(values[-1], 0)
    features = vectors[:, kept] * np.sqrt(values[kept])
    features = np.column_stack([features, np.ones(len(gram))])
    penalty = np.ones((features.shape[1], 1, 1))
    penalty[-1] = 0
    return features, penalty


def _forward(features: FloatArray, weights: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return logits and probabilities ``(sample, fold, class)``."""
    logits = np.tensordot(features, weights, axes=1)
    return logits, _softmax(logits)


def _softmax(logits: FloatArray) -> FloatArray:
    powers = np.exp(logits - logits.max(axis=2, keepdims=True))
    return powers / powers.sum(axis=2, keepdims=True)


def _back(features: FloatArray, values: FloatArray) -> FloatArray:
    """Sum ``(sample, fold, class)`` over samples, to ``(coordinate, fold, class)``."""
    return np.tensordot(features.T, values, axes=1)


def _dot(first: FloatArray, second: FloatArray) -> FloatArray:
    """Return the inner product of each fold ``(fold,)``."""
    return np.einsum("cfk,cfk->f", first, second)
