"""What the columns of a scorecard's tables mean."""

import pandas as pd

__all__ = ["score_columns"]

TIGHT = "mean radius of the tubes over the length of their centrelines; lower is tighter"
CROSS = "how much the trajectories of one bundle cross; lower is less"
INTERVAL = "bound of the bootstrap interval over units"
RIGHT = "share of category × direction samples whose category is decoded"

_SITES = {
    "site": ("", "recording site, or file of a population"),
    "n_units": ("units", "units of the population"),
    "n_bundles": ("bundles", "bundles of trajectories that are scored"),
    "n_curves": ("curves", "trajectories in these bundles"),
    "n_components": ("dimensions", "principal components of the z-scored responses scored in"),
    "variance_explained": ("share", "of the z-scored responses' variance, by these components"),
    "s_tight": ("", f"S_tight: {TIGHT}; mean over bundles, weighted by curves"),
    "s_tight_low": ("", f"lower {INTERVAL}, of s_tight"),
    "s_tight_high": ("", f"upper {INTERVAL}, of s_tight"),
    "s_cross": ("", f"S_cross: {CROSS}; mean over bundles, weighted by curves"),
    "s_cross_low": ("", f"lower {INTERVAL}, of s_cross"),
    "s_cross_high": ("", f"upper {INTERVAL}, of s_cross"),
    "level": ("share", "of the bootstraps that the intervals hold"),
    "n_bootstrap": ("draws", "bootstraps over units"),
}
_ACCURACY = {
    "accuracy_{0}": ("share", f"{RIGHT} by {{0}}, all frames"),
    "accuracy_{0}_low": ("share", "lower bound of Wilson's 95 % interval of accuracy_{0}"),
    "accuracy_{0}_high": ("share", "upper bound of Wilson's 95 % interval of accuracy_{0}"),
}
_CHANCE = {
    "chance": ("share", "accuracy of guessing, 1 / number of categories"),
    "chance_low": ("share", "lower bound of the 95 % of accuracies that guessing gives"),
    "chance_high": ("share", "upper bound of the 95 % of accuracies that guessing gives"),
    "why_not": ("", "why readouts of this site are missing; empty where none is"),
}
_BUNDLES = {
    "site": _SITES["site"],
    "bundle": ("", "stimulus category, or number of the cluster of trajectories"),
    "n_curves": ("curves", "trajectories in the bundle"),
    "s_tight": ("", f"S_tight: {TIGHT}"),
    "s_cross": ("", f"S_cross: {CROSS}"),
    "epsilon": ("a.u.", "scale at which crossings count, in units of the z-scored components"),
    "length": ("a.u.", "length of the centreline, in units of the z-scored components"),
    "mean_radius": ("a.u.", "mean radius of the tube, in units of the z-scored components"),
    "s_tight_low": _SITES["s_tight_low"],
    "s_tight_high": _SITES["s_tight_high"],
    "s_cross_low": _SITES["s_cross_low"],
    "s_cross_high": _SITES["s_cross_high"],
}
_WINDOWS = {
    "site": _SITES["site"],
    "classifier": ("", "knn: nearest neighbours; logistic: logistic regression"),
    "window": ("", "growing: from the first frame to `frame`; shrinking: from `frame` to the last"),
    "frame": ("s or frames", "moment at which the window ends or begins, as the responses name it"),
    "accuracy": ("share", RIGHT),
    "low": ("share", "lower bound of Wilson's 95 % interval of the accuracy"),
    "high": ("share", "upper bound of Wilson's 95 % interval of the accuracy"),
    "std": ("share", "standard deviation over divisions into folds; no measure of certainty"),
}


def score_columns(classifiers: tuple[str, ...]) -> pd.DataFrame:
    """Return one row per column of the tables of a scorecard.

    Parameters
    ----------
    classifiers
        Of the decoding accuracies.

    Returns
    -------
    DataFrame
        ``table`` ("scores", "bundles" or "windows"), ``column``, ``unit`` and ``meaning``.
    """
    accuracies = {
        name.format(classifier): (unit, meaning.format(classifier))
        for classifier in classifiers
        for name, (unit, meaning) in _ACCURACY.items()
    }
    tables = {
        "scores": _SITES | accuracies | _CHANCE,
        "bundles": _BUNDLES,
        "windows": _WINDOWS,
    }
    rows = [
        (table, column, unit, meaning)
        for table, columns in tables.items()
        for column, (unit, meaning) in columns.items()
    ]
    return pd.DataFrame(rows, columns=["table", "column", "unit", "meaning"])
