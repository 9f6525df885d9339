"""How scores of sites change with the constants of tubularity, arranged for drawing; no Qt."""

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from napari_nfm.palette import CategoryLook, many_looks
from napari_nfm.titles import site_title
from napari_nfm.viewer.cells import Cell, Column, Sheet
from napari_nfm.viewer.score_marks import NAMES, Quantity

if TYPE_CHECKING:
    from napari_nfm.analysis.tubes.sensitivity import Sensitivity

__all__ = ["SETTINGS", "SettingCurves", "SiteCurve", "sensitivity_sheet", "setting_curves"]

FloatArray = npt.NDArray[np.float64]

SETTINGS = {
    "quantile": ("quantile", "quantile of the distances to the centreline that is the radius"),
    "n_bins": ("bins", "bins along the tube in which the radius is taken"),
    "smoothing": ("smoothing", "of the centreline"),
    "n_components": ("components", "principal components in which the trajectories lie"),
    "labels": ("bundles", "what makes a bundle of trajectories"),
}


@dataclass(frozen=True)
class SiteCurve:
    """The score of one site at every value of a setting ``(value,)``, NaN where there is none."""

    title: str
    look: CategoryLook
    scores: FloatArray


@dataclass(frozen=True)
class SettingCurves:
    """One score of all sites, with one setting varied.

    Attributes
    ----------
    quantity
        Which score.
    values
        What the setting was set to, as text.
    preset
        Which of them the preset has.
    agreement
        ``(value,)``, Kendall's tau of the order of sites with that of the preset; NaN where there
        is none.
    sites
        A curve each.
    """

    quantity: Quantity
    values: tuple[str, ...]
    preset: int
    agreement: FloatArray
    sites: tuple[SiteCurve, ...]


def setting_curves(sensitivity: "Sensitivity", setting: str, quantity: Quantity) -> SettingCurves:
    """Return the scores of all sites over the values of one setting."""
    table = sensitivity.table
    rows = table[table["setting"] == setting]
    values = tuple(str(value) for value in rows["value"].unique())
    by_site = rows.pivot(index="site", columns="value", values=quantity)
    sites = [str(site) for site in rows["site"].unique()]
    looks = many_looks([str(site) for site in table["site"].unique()])
    kendall = sensitivity.kendall
    taus = kendall[(kendall["setting"] == setting) & (kendall["score"] == quantity)]
    preset = str(rows.loc[rows["is_preset"], "value"].iloc[0])
    return SettingCurves(
        quantity=quantity,
        values=values,
        preset=values.index(preset),
        agreement=taus.set_index("value").loc[list(values), "tau"].to_numpy(dtype=np.float64),
        sites=tuple(
            SiteCurve(
                site_title(site),
                look,
                by_site.loc[site, list(values)].to_numpy(dtype=np.float64),
            )
            for site, look in zip(sites, looks, strict=True)
        ),
    )


def sensitivity_sheet(sensitivity: "Sensitivity", quantity: Quantity) -> Sheet:
    """Return the order of sites at every value of every setting, and how far it agrees."""
    ordering, kendall = sensitivity.ordering, sensitivity.kendall
    orders = ordering[ordering["score"] == quantity]
    taus = kendall[kendall["score"] == quantity]
    return Sheet(
        (
            Column("Setting", "What was varied; all else is as in the preset"),
            Column("τ", "Kendall's tau with the order of the preset: 1 the same, -1 reversed"),
            Column("Order", f"Sites from the lowest {NAMES[quantity]} to the highest"),
        ),
        tuple(
            (
                Cell(_named(str(row.setting), str(row.value), bool(row.is_preset)), str(row.value)),
                Cell.number(float(str(tau.tau)), ".2f", str(tau.why_not)),
                Cell(_with_titles(str(row.order)), str(row.order), _with_titles(str(row.order))),
            )
            for row, tau in zip(orders.itertuples(), taus.itertuples(), strict=True)
        ),
    )


def _named(setting: str, value: str, is_preset: bool) -> str:
    return f"{SETTINGS[setting][0]} {value}{' (preset)' if is_preset else ''}"


def _with_titles(order: str) -> str:
    """Return an order of sites with their titles in place of their names."""
    parts = re.split(r" ([<=]) ", order)
    return " ".join(part if part in ("<", "=") else site_title(part) for part in parts)
