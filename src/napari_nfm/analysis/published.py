"""Scores that the study published, as marks beside what is measured here."""

from importlib.resources import files

import pandas as pd

__all__ = ["published_scores"]


def published_scores() -> pd.DataFrame:
    """Return the published scores of retina, V1 and the sites of the foundation model.

    Returns
    -------
    DataFrame
        One row per value: ``population``, as the study calls it; ``site``, as we call it, empty for
        retina and V1; ``quantity``, "S_tight", "S_cross", "logistic accuracy" or "knn accuracy";
        ``labels``, what makes a bundle, "stimulus" or "hdbscan"; ``value``; ``source``.
        ``attrs["notes"]`` has what must be known to read them, a tuple of paragraphs.

    Notes
    -----
    From Bertram et al. (arXiv 2601.21508): tubularity is read off the authors' vector figures, to
    about four digits. They are of the published twin, recorded by the study's code; none of them is
    computed here, and they must never be mixed with values that are.
    """
    path = files("napari_nfm") / "resources" / "published_scores.csv"
    text = path.read_text(encoding="utf-8").splitlines()
    notes = [line.removeprefix("#").strip() for line in text if line.startswith("#")]
    with path.open(encoding="utf-8") as file:
        table = pd.read_csv(file, skiprows=len(notes), keep_default_na=False)
    table.attrs["notes"] = tuple(notes)
    return table
