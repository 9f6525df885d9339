"""Encoding manifolds for tests of the window, made without any analysis."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import xarray as xr

from napari_nfm.analysis.manifold import EncodingManifold
from napari_nfm.provenance import Provenance
from napari_nfm.viewer.roles import Role

STIMULI = (
    "Low-frequency grating",
    "High-frequency grating",
    "Dark dots",
    "Dark triplets",
    "Bright dots",
    "Bright triplets",
)
SITE, OTHER = "encoder.L1", "output"
DIRECTIONS = tuple(float(direction) for direction in range(0, 360, 45))


def make_responses(n_units=60, seed=0, site="encoder.L1", n_frames=12, maps=5):
    """Return responses ``(unit, category, direction, time)`` as a recording gives them."""
    values = np.random.default_rng(seed).random((n_units, 6, 8, n_frames)).astype(np.float32)
    return xr.DataArray(
        values,
        dims=("unit", "category", "direction", "time"),
        coords={
            "category": list(STIMULI),
            "direction": list(DIRECTIONS),
            "time": ("time", np.arange(n_frames) / 30, {"units": "s"}),
            **_unit_coordinates(n_units, site, maps),
        },
        attrs={"site": site},
    )


def populate(explorer):
    """Give an explorer the responses of two sites, and choose the first."""
    explorer.session.responses = {SITE: make_responses(), OTHER: make_responses(30, site=OTHER)}
    explorer.session.selection.site = SITE


def make_manifold(n_units=60, rank=4, seed=0, site="encoder.L1", n_frames=12, maps=5):
    """Return a manifold of a population of `n_units`, of which six are left out.

    Units 2 (silent), 5 and 6 (isolated), 9 and 10 (near-duplicate), and 20 (disconnected) are not
    on it. Its numbers are drawn, but agree with each other where the window relies on it.
    """
    rng = np.random.default_rng(seed)
    reasons = {
        2: "silent",
        5: "isolated",
        6: "isolated",
        9: "near-duplicate",
        10: "near-duplicate",
        20: "disconnected",
    }
    left_out = pd.DataFrame({"reason": reasons}).rename_axis("unit")
    where = _unit_coordinates(n_units, site, maps)
    responding = np.setdiff1d(np.arange(n_units), [2])
    on_it = np.setdiff1d(np.arange(n_units), list(reasons))

    values = rng.random((len(responding), len(STIMULI), len(DIRECTIONS), n_frames))
    tensor = xr.DataArray(
        values,
        dims=("unit", "stimulus", "direction", "time"),
        coords={
            "stimulus": list(STIMULI),
            "direction": list(DIRECTIONS),
            "time": ("time", np.arange(n_frames) / 30, {"units": "s"}),
            **{name: (dim, column[responding]) for name, (dim, column) in where.items()},
        },
        attrs={"site": site},
    )
    decomposition = make_decomposition(len(responding), rank, n_frames, seed)
    loadings = decomposition.factors[0] * decomposition.weights
    kept = np.searchsorted(responding, on_it)

    angle = np.linspace(0, 2 * np.pi, len(on_it))
    shape = np.stack([np.cos(angle), np.sin(2 * angle), angle / np.pi - 1], axis=1)
    noise = 0.05 * rng.standard_normal((len(on_it), 8))
    coordinates = noise + np.pad(shape, ((0, 0), (0, 5)))
    rows = np.arange(len(on_it) - 2)
    edges = np.concatenate([np.stack([rows, rows + step], axis=1) for step in (1, 2)])
    units = pd.DataFrame(
        {
            **{name: column[on_it] for name, (_, column) in where.items()},
            "cluster": rng.integers(-1, 3, len(on_it)),
            "preferred_stimulus": [STIMULI[i] for i in rng.integers(0, 6, len(on_it))],
            "preferred_direction": [DIRECTIONS[i] for i in rng.integers(0, 8, len(on_it))],
            "osi": rng.random(len(on_it)),
            "dsi": rng.random(len(on_it)),
            "mean_activity": rng.gamma(2.0, 1.0, len(on_it)),
            "temporal_variance": rng.gamma(1.0, 0.1, len(on_it)),
            "local_dimension": 1 + 3 * rng.random(len(on_it)),
            "degree": np.bincount(edges.ravel(), minlength=len(on_it)),
            **{f"factor_{r + 1}": loadings[kept, r] for r in range(rank)},
        },
        index=pd.Index(on_it, name="unit"),
    )
    return EncodingManifold(
        units=units,
        coordinates=coordinates,
        principal_coordinates=coordinates[:, ::-1].copy(),
        eigenvalues=np.linspace(0.99, 0.4, 8),
        edges=edges.astype(np.int64),
        stimuli=STIMULI,
        directions=DIRECTIONS,
        n_frames=n_frames,
        tensor=SimpleNamespace(values=tensor, silent=np.array([2])),
        decomposition=decomposition,
        matrix=SimpleNamespace(values=loadings, n_components=3),
        graph=SimpleNamespace(disconnected=np.array([16]), n_units=len(on_it) + 1),
        left_out=left_out,
        provenance=Provenance(
            "napari_nfm.analysis.encoding_manifold",
            {
                "rank": rank,
                "seed": seed,
                "n_starts": 3,
                "objective": "l1",
                "method": "exact",
                "keep": (),
            },
            {"site": site},
        ),
    )


def make_decomposition(n_units, rank, n_frames, seed=0):
    """Return what looks like a `PermutedCP`: one bump of direction and time per factor."""
    rng = np.random.default_rng(seed)
    direction = np.arange(len(DIRECTIONS))
    time = np.arange(n_frames)
    bumps = []
    for r in range(rank):
        tuning = np.exp(2 * np.cos(2 * np.pi * (direction - 2) / 8 * (1 + r % 2)) - 2)
        course = np.exp(-0.5 * ((time - (r + 0.5) * n_frames / rank) / (n_frames / 6)) ** 2)
        bumps.append((course[:, None] * tuning[None, :]).ravel())  # direction fastest
    neural = rng.gamma(0.6, 1.0, (n_units, rank))
    stimulus = rng.gamma(0.8, 1.0, (len(STIMULI), rank))
    response = np.stack(bumps, axis=1)
    return SimpleNamespace(
        factors=tuple(f / np.linalg.norm(f, axis=0) for f in (neural, stimulus, response)),
        weights=np.linspace(3.0, 1.0, rank),
        percent_error=9.3,
        percent_errors=np.array([9.3, 9.4, 9.9]),
        shifts=rng.integers(0, 8, (n_units, len(STIMULI))),
        n_directions=len(DIRECTIONS),
    )


def make_rank_choice(ranks=range(2, 13), seed=0):
    """Return what looks like a `RankChoice`: a curve that saturates at rank 6."""
    ranks = np.array(list(ranks))
    rng = np.random.default_rng(seed)
    return SimpleNamespace(
        ranks=ranks,
        mean=1 + 3 * (1 - np.exp(-ranks / 4)),
        std=0.05 + 0.1 * rng.random(len(ranks)),
        percent_error=40 * np.exp(-ranks / 4) + 5,
        stability=np.clip(1.05 - 0.03 * ranks, 0, 1),
        suggested=6 if 6 in ranks else int(ranks[-1]),
        rule="the first rank at which the smoothed curve rises by less than a tenth of its "
        "steepest rise",
    )


def _unit_coordinates(n_units, site, maps):
    position = np.arange(n_units)
    per_map = -(-n_units // maps)
    return {
        "site": ("unit", np.full(n_units, site)),
        "channel": ("unit", position // per_map),
        "y": ("unit", position % 7),
        "x": ("unit", position % 11),
    }


def drawn_units(world):
    """Return the units that stand out on the manifold."""
    layer = world.find(Role.SELECTED_UNITS)
    return [] if layer is None else layer.features["unit"].tolist()
