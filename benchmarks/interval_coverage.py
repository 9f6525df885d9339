"""How often the interval of a decoding accuracy holds the accuracy that it is an interval of.

Populations are drawn again and again: the same category means, new noise. The accuracy to be held
is the mean over all draws. The interval is that of independent samples, which cross-validated
predictions are not quite, so that its coverage has to be seen, not assumed.

    python benchmarks/interval_coverage.py --repeats 400
"""

import argparse
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from napari_nfm.analysis import decoding_accuracy
from napari_nfm.analysis.classifiers import CLASSIFIERS, Classifier

N_UNITS, N_CATEGORIES, N_DIRECTIONS = 40, 11, 8
SIGNALS = {"none": 0.0, "weak": 0.35, "clear": 0.7}
"""Spread of the category means, where the noise has 1."""


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--repeats", type=int, default=400, help="populations (default 400)")
    options = parser.parse_args()
    print(f"{'classifier':12}{'signal':10}{'accuracy':>10}{'coverage':>10}{'within chance':>15}")
    for classifier in CLASSIFIERS:
        for name, spread in SIGNALS.items():
            accuracy, held, guessed = coverage(classifier, spread, options.repeats)
            print(f"{classifier:12}{name:10}{accuracy:10.3f}{held:10.3f}{guessed:15.3f}")


def coverage(classifier: Classifier, spread: float, repeats: int) -> tuple[float, float, float]:
    """Return the mean accuracy, how often intervals hold it, and how often chance's holds one."""
    found, bounds, inside = [], [], []
    for responses in populations(spread, repeats):
        result = decoding_accuracy(responses, classifier=classifier)
        accuracy = float(result.growing.mean[0])
        found.append(accuracy)
        bounds.append(result.growing.interval[0].values)
        inside.append(result.chance_interval[0] <= accuracy <= result.chance_interval[1])
    truth = float(np.mean(found))
    lower, upper = np.array(bounds).T
    return truth, float(np.mean((lower <= truth) & (truth <= upper))), float(np.mean(inside))


def populations(spread: float, repeats: int) -> Iterator[NDArray[np.float64]]:
    """Yield responses ``(unit, category, direction, 1)``: the same means, new noise."""
    rng = np.random.default_rng(0)
    means = spread * rng.standard_normal((N_UNITS, N_CATEGORIES, 1, 1))
    for _ in range(repeats):
        yield means + rng.standard_normal((N_UNITS, N_CATEGORIES, N_DIRECTIONS, 1))


if __name__ == "__main__":
    main()
