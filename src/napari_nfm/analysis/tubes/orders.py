"""The order of sites by a score, and how well two orders agree."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

__all__ = ["agreement", "in_order"]

SAME = 1e-9
"""Scores that differ by less than this share are tied."""


def _ranks(scores: pd.Series) -> pd.Series:
    """Return the place of each site, tied ones the same; rounding makes no difference."""
    ordered = scores.sort_values(kind="stable")
    apart = ordered.diff() > SAME * ordered.abs()
    return apart.cumsum().reindex(scores.index)


def in_order(scores: pd.Series) -> str:
    """Return the sites from the lowest score: ``a < b = c``."""
    known = scores.dropna()
    places = _ranks(known).sort_values(kind="stable")
    text = ""
    for site, step in places.diff().items():
        text += str(site) if not text else f" {'<' if step else '='} {site}"
    return text


def agreement(scores: pd.Series, preset: pd.Series) -> dict[str, Any]:
    """Return Kendall's tau-b of two orders of the same sites, or why there is none."""
    from scipy.stats import kendalltau

    both = scores.notna() & preset.notna()
    count, reason, tau = int(both.sum()), "", np.nan
    places = [_ranks(each[both]) for each in (scores, preset)]
    if count < 2:
        reason = f"An order takes two sites, and there {'is' if count == 1 else 'are'} {count}"
    elif any(each.nunique() == 1 for each in places):
        reason = "All sites score the same, so that they have no order"
    else:
        tau = round(float(kendalltau(*places).statistic), 12)  # 1 is 1
    return {"tau": tau, "n_sites": count, "why_not": reason}
