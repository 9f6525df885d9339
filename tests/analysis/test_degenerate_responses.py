"""Every readout of responses that are missing something: a sentence, or a defined value."""

import dataclasses
import warnings

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from napari_nfm.analysis import (
    AnalysisError,
    alignment,
    decoding_accuracy,
    tubularity,
    tubularity_difference,
    tubularity_null,
    tubularity_sensitivity,
    tubularity_variants,
    tuning,
    unit_metrics,
)


def responses(n_units=12, n_categories=3, n_directions=8, n_frames=12, seed=0):
    rng = np.random.default_rng(seed)
    means = rng.normal(size=(n_units, n_categories, 1, n_frames)).cumsum(axis=-1)
    own = rng.normal(size=(n_units, n_categories, n_directions, n_frames)).cumsum(axis=-1)
    return np.abs(means + 0.3 * own)


def like(values, seed):
    """Responses of another population to the same stimuli."""
    return responses(12, *values.shape[1:], seed=seed)


def changed(where, value):
    values = responses()
    values[where] = value(values[where]) if callable(value) else value
    return values


ALL = np.s_[:]
FIRST_CATEGORY, FIRST_CURVE = np.s_[:, 0], np.s_[:, 0, 0]


def at_rest(values):
    return np.broadcast_to(values[..., :1], values.shape)


RESPONSES = {
    "one curve in each bundle": responses(n_directions=1),
    "two curves in each bundle": responses(n_directions=2),
    "one category": responses(n_categories=1),
    "no curve has a length": changed(ALL, at_rest),
    "no curve of one bundle has a length": changed(FIRST_CATEGORY, at_rest),
    "one curve has no length": changed(FIRST_CURVE, at_rest),
    "all units are constant": np.ones((12, 3, 8, 12)),
    "all units are silent": np.zeros((12, 3, 8, 12)),
    "some units are constant": changed(np.s_[:4], 2.0),
    "no unit responds to one category": changed(FIRST_CATEGORY, 0.0),
    "one unit is NaN": changed(np.s_[3], np.nan),
    "one value is NaN": changed(np.s_[3, 1, 2, 4], np.nan),
    "one category is shorter": changed(np.s_[:, 1, :, 9:], np.nan),
    "one curve is NaN": changed(np.s_[:, 1, 2], np.nan),
    "everything is NaN": changed(ALL, np.nan),
    "two moments": responses(n_frames=2),
    "one moment": responses(n_frames=1),
    "fewer units than dimensions": responses(n_units=3),
    "one unit": responses(n_units=1),
}

READOUTS = {
    "tubularity": lambda values: tubularity(values, n_bootstrap=2),
    "tubularity by clusters": lambda values: tubularity(values, labels="hdbscan"),
    "tubularity_variants": tubularity_variants,
    "tubularity_null": lambda values: tubularity_null(values, n_shuffles=2),
    "tubularity_difference": lambda values: tubularity_difference(
        values, like(values, 1), n_permutations=2
    ),
    "tubularity_difference, second": lambda values: tubularity_difference(
        like(values, 1), values, n_permutations=2
    ),
    "tubularity_sensitivity": lambda values: tubularity_sensitivity(
        {"a": values, "b": values},
        quantiles=[],
        n_bins=[],
        smoothing=[],
        n_components=[],
        labels=[],
    ),
    "decoding_accuracy, knn": decoding_accuracy,
    "decoding_accuracy, logistic": lambda values: decoding_accuracy(values, classifier="logistic"),
    "unit_metrics": unit_metrics,
    "tuning": tuning,
    **{
        f"alignment, {method}": lambda values, method=method: alignment(
            values, like(values, 2), method=method
        )
        for method in ("rsa", "cca", "linear predictivity", "dsa")
    },
}

CONSTANT = "same for all stimuli"
RESTING = "centreline without length"
MISSING = "1 are NaN at moments when others are not"
TUBES = dict.fromkeys(name for name in READOUTS if name.startswith("tubularity"))


def tubes(mention, **others):
    """All readouts of tubularity say the same, and others something else."""
    return dict.fromkeys(TUBES, mention) | {
        next(name for name in READOUTS if name.endswith(end.replace("_", " "))): text
        for end, text in others.items()
    }


SAID = {
    "one curve in each bundle": tubes(
        "two curves",
        clusters="curves to cluster",
        knn="n_neighbours",
        logistic="one direction",
        tuning="no partner",
        cca="n_folds",
        predictivity="n_folds",
    ),
    "two curves in each bundle": {
        "tubularity by clusters": "noise",
        "decoding_accuracy, logistic": "n_folds",
        "tuning": "no partner",
        "alignment, cca": "n_components",
    },
    "one category": {
        "tubularity by clusters": "noise",
        "tubularity_null": "one bundle",
        "decoding_accuracy, knn": "one category",
        "decoding_accuracy, logistic": "one category",
        "alignment, cca": "n_components",
    },
    "no curve has a length": tubes(RESTING),
    "no curve of one bundle has a length": {
        name: RESTING for name in TUBES if name != "tubularity by clusters"
    },
    "no unit responds to one category": {
        name: RESTING for name in TUBES if name != "tubularity by clusters"
    }
    | {"alignment, rsa": "respond alike"},
    "all units are constant": dict.fromkeys(set(READOUTS) - {"tuning"}, CONSTANT)
    | {f"alignment, {method}": "alike" for method in ("rsa", "cca", "linear predictivity")},
    "all units are silent": dict.fromkeys(set(READOUTS) - {"tuning"}, CONSTANT)
    | {f"alignment, {method}": "alike" for method in ("rsa", "cca", "linear predictivity")},
    "some units are constant": {"alignment, cca": "n_components"},
    "one unit is NaN": tubes(MISSING, dsa=MISSING)
    | dict.fromkeys(
        ("decoding_accuracy, knn", "decoding_accuracy, logistic", "unit_metrics"), "1 have NaN"
    )
    | {f"alignment, {m}": "1 lack responses" for m in ("rsa", "cca", "linear predictivity")},
    "one value is NaN": tubes(MISSING, dsa=MISSING)
    | dict.fromkeys(
        ("decoding_accuracy, knn", "decoding_accuracy, logistic", "unit_metrics"), "1 have NaN"
    ),
    "one category is shorter": dict.fromkeys(
        ("decoding_accuracy, knn", "decoding_accuracy, logistic", "unit_metrics"), "12 have NaN"
    )
    | {"alignment, dsa": "moments without responses"},
    "one curve is NaN": tubes("1 have fewer than two moments", dsa="moments without responses")
    | dict.fromkeys(
        ("decoding_accuracy, knn", "decoding_accuracy, logistic", "unit_metrics"), "12 have NaN"
    )
    | {f"alignment, {m}": "12 lack responses" for m in ("rsa", "cca", "linear predictivity")},
    "everything is NaN": tubes("NaN throughout", dsa="not all NaN", tuning="NaN throughout")
    | dict.fromkeys(
        ("decoding_accuracy, knn", "decoding_accuracy, logistic", "unit_metrics"), "12 have NaN"
    )
    | {f"alignment, {m}": "12 lack responses" for m in ("rsa", "cca", "linear predictivity")},
    "two moments": {"alignment, dsa": "n_delays"},
    "one moment": tubes("fewer than two moments", metrics="one frame", dsa="n_delays"),
    "fewer units than dimensions": {
        "alignment, cca": "n_components",
        "alignment, dsa": "n_components",
    },
    "one unit": {
        "alignment, rsa": "no correlation",
        "alignment, cca": "n_components",
        "alignment, dsa": "n_components",
    },
}
"""What each readout says of responses that it cannot use; all others have a defined value."""


def numbers(result, path=""):
    """All floating-point arrays of a result, by where they are."""
    if isinstance(result, xr.Dataset | pd.DataFrame):
        for name, values in result.items():
            yield from numbers(values, f"{path}.{name}")
    elif dataclasses.is_dataclass(result):
        found = {field.name for field in dataclasses.fields(result)}
        found |= {name for name, kind in vars(type(result)).items() if isinstance(kind, property)}
        for name in sorted(found):
            yield from numbers(getattr(result, name), f"{path}.{name}")
    elif isinstance(result, tuple | list):
        for number, each in enumerate(result):
            yield from numbers(each, f"{path}[{number}]")
    elif isinstance(result, float | np.ndarray | xr.DataArray | pd.Series):
        values = np.asarray(result)
        if values.dtype.kind == "f":
            yield path, values


@pytest.mark.parametrize("readout", READOUTS)
@pytest.mark.parametrize("case", RESPONSES)
def test_a_sentence_or_a_defined_value(case, readout, assert_one_clear_sentence):
    mention = SAID.get(case, {}).get(readout)
    with warnings.catch_warnings():
        warnings.simplefilter("error", RuntimeWarning)
        if mention is not None:
            with pytest.raises(AnalysisError) as caught:
                READOUTS[readout](RESPONSES[case])
            assert_one_clear_sentence(caught.value, mention)
            return
        result = READOUTS[readout](RESPONSES[case])
    unknown = [where for where, values in numbers(result) if not np.isfinite(values).all()]
    if readout == "tuning" and unknown:  # what a unit does not respond to, it has no tuning to
        assert "NaN" in result.attrs["remarks"] or unknown == [".preferred_direction"]
        assert "Of 12 units" in result.attrs["remarks"]
    elif case == "one category is shorter" and readout.startswith("tubularity"):
        assert unknown in ([], [".trajectories"])  # which end before the others
    else:
        assert unknown == []
