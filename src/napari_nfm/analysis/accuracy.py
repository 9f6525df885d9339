"""How well the category of a stimulus can be told from the population, window by window.

Growing windows average the responses from the first frame to each frame, shrinking windows from
each frame to the last, as in Bertram et al. (arXiv 2601.21508). Both classifiers need only the
inner products of the population states, so every window is one small matrix, however many units.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import xarray as xr

from napari_nfm.analysis.arguments import check_choice
from napari_nfm.analysis.classifiers import (
    CLASSIFIERS,
    Classifier,
    Decoder,
    LogisticRegression,
    NearestNeighbours,
    stratified_folds,
)
from napari_nfm.analysis.errors import AnalysisError
from napari_nfm.analysis.responses import as_responses, check_complete
from napari_nfm.analysis.window_accuracy import (
    SAMPLE_AXES,
    WindowAccuracy,
    chance_interval,
    window_accuracy,
)
from napari_nfm.jobs import Progress, ShouldStop, check_stop, report
from napari_nfm.provenance import Provenance
from napari_nfm.side_by_side import over_cores

__all__ = ["DecodingAccuracy", "decoding_accuracy"]

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

FRAMES_AT_ONCE = 5
"""Frames between two reports; waiting for the other thread costs about 10 ms."""


@dataclass(frozen=True)
class DecodingAccuracy:
    """How well categories are told apart as more, and as fewer frames are seen.

    Attributes
    ----------
    growing, shrinking
        Windows from the first frame to each frame, and from each frame to the last. The last
        growing and the first shrinking window are the same: all frames.
    chance
        Expected accuracy of guessing, one over the number of categories.
    chance_interval
        The central 95 percent of accuracies that guessing gives with so many samples.
    n_samples
        Number of samples: categories times directions.
    classifier
        "knn" or "logistic".
    provenance
        The call that made this result.
    """

    growing: WindowAccuracy
    shrinking: WindowAccuracy
    chance: float
    chance_interval: tuple[float, float]
    n_samples: int
    classifier: str
    provenance: Provenance

    def table(self) -> pd.DataFrame:
        """Return one row per window: where it ends or begins, accuracy, interval and spread."""
        parts = [
            pd.DataFrame(
                {
                    "classifier": self.classifier,
                    "window": window,
                    "frame": found.mean["frame"].values,
                    "accuracy": found.mean.values,
                    "low": found.interval.values[:, 0],
                    "high": found.interval.values[:, 1],
                    "std": found.std.values,
                }
            )
            for window, found in (("growing", self.growing), ("shrinking", self.shrinking))
        ]
        return pd.concat(parts, ignore_index=True)


def decoding_accuracy(
    responses: Any,
    *,
    classifier: Classifier = "knn",
    n_neighbours: int = 3,
    n_folds: int = 5,
    n_runs: int = 5,
    seed: int = 42,
    progress: Progress | None = None,
    should_stop: ShouldStop | None = None,
) -> DecodingAccuracy:
    """Decode the category of the stimulus from population responses, in time windows.

    A sample is the mean response in a window to one category and direction.

    Parameters
    ----------
    responses
        ``(unit, category, direction, time)``; ``stimulus`` may stand for ``category``.
    classifier
        "knn": majority of the nearest samples (Euclidean), each sample left out in turn.
        "logistic": multinomial logistic regression with L2 penalty, C = 1, cross-validated.
    n_neighbours
        Neighbours that vote; of "knn" only.
    n_folds, n_runs
        Folds, and divisions into folds; of "logistic" only.
    seed
        Run r divides the samples with seed + r; of "logistic" only.
    progress, should_stop
        The protocol of a long job; a step is a window.

    Returns
    -------
    DecodingAccuracy
        Accuracies of growing and shrinking windows, with intervals, confusions and chance level.

    Raises
    ------
    ResponseTensorError
        `responses` is not such a tensor, or has NaN.
    AnalysisError
        Fewer than two categories, too few directions for the folds or neighbours, responses that
        never vary, or an unknown classifier.

    Notes
    -----
    Equals Bertram et al.: units are not scaled; neighbours vote alike, and of equally frequent
    categories the first wins; folds are scikit-learn's ``StratifiedKFold``, shuffled; a run's
    accuracy is the mean over its folds. Equally near neighbours are taken in the order of
    directions, then categories. The logistic fits are followed to a tenth of the gradient at
    which the study stops (after at most 200 iterations), which moves single predictions.

    Directions of a category are samples of it: the decoder generalises over directions, and no
    noise is in a twin's responses. With each sample left out, a guess by neighbours is right a
    little less often than `chance`, ``(n_directions - 1) / (n_samples - 1)``.
    """
    check_choice("classifier", classifier, CLASSIFIERS)
    if isinstance(responses, xr.DataArray) and "stimulus" in responses.dims:
        responses = responses.rename(stimulus="category")
    tensor = _checked(as_responses(responses))
    n_categories, n_directions = tensor.sizes["category"], tensor.sizes["direction"]
    labels = np.tile(np.arange(n_categories), n_directions)
    decoders: list[Decoder]  # two, because a fit starts where the fit of the last window ended
    parameters: dict[str, Any]
    if classifier == "knn":
        parameters = {"n_neighbours": n_neighbours}
        fold_of = np.arange(len(labels))[np.newaxis]
        decoders = [NearestNeighbours(labels, n_neighbours) for _ in range(2)]
    else:
        parameters = {"n_folds": n_folds, "n_runs": n_runs, "seed": seed}
        fold_of = stratified_folds(labels, n_folds, n_runs, seed)
        decoders = [LogisticRegression(labels, fold_of) for _ in range(2)]
    growing, shrinking = _decode(_states(tensor), decoders, progress, should_stop)
    return DecodingAccuracy(
        growing=window_accuracy(*growing, tensor, fold_of),
        shrinking=window_accuracy(*shrinking, tensor, fold_of),
        chance=1 / n_categories,
        chance_interval=chance_interval(len(labels), n_categories),
        n_samples=len(labels),
        classifier=classifier,
        provenance=Provenance.of(
            "napari_nfm.analysis.decoding_accuracy", responses, classifier=classifier, **parameters
        ),
    )


def _checked(tensor: xr.DataArray) -> xr.DataArray:
    """Return `tensor` with at least two categories, numbers only, and some variation."""
    check_complete(tensor)
    if tensor.sizes["category"] < 2:
        raise AnalysisError(
            "The responses are to one category only", "give at least two to tell apart"
        )
    if float(tensor.max()) == float(tensor.min()):
        raise AnalysisError(
            "The responses are the same for all stimuli and moments",
            "choose units that respond, or a site that varies",
        )
    return tensor


def _states(tensor: xr.DataArray) -> FloatArray:
    """Return population states ``(time, sample, unit)`` about their mean over samples."""
    states = np.ascontiguousarray(tensor.transpose("time", *SAMPLE_AXES, "unit").values)
    states = states.reshape(len(states), -1, states.shape[-1])
    return states - states.mean(axis=1, keepdims=True)


def _decode(
    states: FloatArray,
    decoders: Sequence[Decoder],
    progress: Progress | None,
    should_stop: ShouldStop | None,
) -> tuple[tuple[IntArray, FloatArray], tuple[IntArray, FloatArray]]:
    """Return, of growing and of shrinking windows, the classes and how many samples they are worth.

    Classes are ``(run, frame, sample)``, the worth ``(frame,)``.
    """
    from threadpoolctl import threadpool_limits

    n_frames = len(states)
    # growing, shrinking
    windows = [
        map(decoder.predict, _grams(frames))
        for decoder, frames in zip(decoders, (states, states[::-1]), strict=True)
    ]
    decoded: list[list[tuple[IntArray, float]]] = [[], []]
    # one BLAS thread: two collapse on products this small, and differ in their last digits
    with threadpool_limits(limits=1), over_cores() as spread:
        for first in range(0, n_frames, FRAMES_AT_ONCE):
            check_stop(should_stop)
            some = spread(_take_some, windows)
            for collected, found in zip(decoded, some, strict=True):
                collected.extend(found)
            report(progress, min(first + FRAMES_AT_ONCE, n_frames), n_frames, "decoding")
    growing, shrinking = (
        (np.stack([classes for classes, _ in each], axis=1), np.array([worth for _, worth in each]))
        for each in decoded
    )
    return growing, (shrinking[0][:, ::-1], shrinking[1][::-1])


def _take_some(windows: Iterator[tuple[IntArray, float]]) -> list[tuple[IntArray, float]]:
    return list(islice(windows, FRAMES_AT_ONCE))


def _grams(states: FloatArray) -> Iterator[FloatArray]:
    """Yield the inner products of the samples, averaged from the first to each frame."""
    rounding = states.shape[1] * states.shape[2] * (np.abs(states).max() * 1e-14) ** 2
    total = np.zeros(states.shape[1:])
    for number, frame in enumerate(states, start=1):
        total += frame
        gram = total @ total.T / number**2
        # before responses set in, all samples are alike up to rounding, which tells nothing
        yield gram if np.trace(gram) > rounding else np.zeros_like(gram)
