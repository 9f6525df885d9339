"""Dynamical similarity: whether the same linear flow, but for a rotation, moves two populations."""

import numpy as np
import numpy.typing as npt
import xarray as xr

from napari_nfm.analysis.decoding import decoding_trajectories
from napari_nfm.analysis.errors import AnalysisError, ResponseTensorError

__all__ = ["best_rotation", "dynamical_similarity", "linear_flow"]

FloatArray = npt.NDArray[np.float64]

N_STARTS, N_STEPS = 40, 1000
"""Rotations from which the best one is sought, and steps of each."""

RIDGE = 1e-8
"""Penalty of the flow's regression, on delay coordinates of unit norm; as dsa-metric has it."""


def dynamical_similarity(
    first: xr.DataArray, second: xr.DataArray, n_components: int, n_delays: int
) -> tuple[float, xr.Dataset]:
    """Return how close two flows are when the second is rotated, the angle, flows and rotation.

    Dynamical similarity analysis (Ostrow et al. 2023): the first principal components of each
    population are stacked with their past, the stack is reduced to as many coordinates, and the
    linear map from each moment to the next is fitted. The flows are compared by the smallest angle
    over all orthogonal changes of coordinates; a right angle scores 0.
    """
    flows = [
        linear_flow(_paths(tensor, n_components, which), n_components, n_delays)
        for tensor, which in ((first, "first"), (second, "second"))
    ]
    cosine, rotation = best_rotation(*flows)
    angle = float(np.arccos(np.clip(cosine, -1, 1)))
    return 1 - 2 * angle / np.pi, xr.Dataset(
        {
            "angle": angle,
            "flow": (("population", "row", "column"), np.stack(flows)),
            "rotation": (("row", "column"), rotation),
        },
        coords={"population": ["first", "second"]},
    )


def linear_flow(paths: FloatArray, rank: int, n_delays: int) -> FloatArray:
    """Return the map ``(rank, rank)`` of delay coordinates from one moment to the next.

    Parameters
    ----------
    paths
        ``(state, time, component)``.
    rank
        Number of delay coordinates: singular vectors of the stacked past.
    n_delays
        Moments in the stack, the present one included.
    """
    n_frames = paths.shape[1] - n_delays + 1
    if n_delays < 1 or n_frames < 2:
        raise AnalysisError(
            f"The argument n_delays is {n_delays} for {paths.shape[1]} frames",
            f"ask for 1 to {paths.shape[1] - 1}" if paths.shape[1] > 1 else "give more frames",
        )
    stacked = np.concatenate(
        [paths[:, n_delays - 1 - d : n_delays - 1 - d + n_frames] for d in range(n_delays)], axis=2
    )
    left, sizes, _ = np.linalg.svd(stacked.reshape(-1, stacked.shape[2]), full_matrices=False)
    spanned = int((sizes > 1e-7 * sizes[0]).sum())
    if rank > spanned:
        raise AnalysisError(
            f"The argument n_components is {rank}, and the delay coordinates span {spanned} "
            f"dimensions",
            f"ask for at most {spanned}",
        )
    coordinates = left[:, :rank].reshape(len(paths), n_frames, rank)
    now, after = (part.reshape(-1, rank) for part in (coordinates[:, :-1], coordinates[:, 1:]))
    return np.linalg.solve(now.T @ now + RIDGE * np.eye(rank), now.T @ after).T


def best_rotation(first: FloatArray, second: FloatArray) -> tuple[float, FloatArray]:
    """Return the largest cosine of ``A`` and ``C B C'`` over orthogonal ``C``, and that ``C``.

    Ascends from many starts, reflections included, by the polar factor of the gradient plus a
    multiple of ``C`` that makes the objective convex, so no step descends.
    """
    size = len(first)
    # multiples of the identity do not turn; without them the rest is seen better
    a, b = (flow - np.trace(flow) / size * np.eye(size) for flow in (first, second))
    convex = 2 * np.linalg.norm(a, 2) * np.linalg.norm(b, 2)
    turned = _starts(a, b)
    value = _agreement(a, b, turned)
    for _ in range(N_STEPS):
        gradient = a @ turned @ b.T + a.T @ turned @ b
        left, _, right = np.linalg.svd(gradient + convex * turned)
        turned = left @ right
        before, value = value, _agreement(a, b, turned)
        if (value - before).max() <= 1e-12 * convex:
            break
    best = int(value.argmax())
    scale = np.linalg.norm(first) * np.linalg.norm(second)
    both = value[best] + np.trace(first) * np.trace(second) / size
    return float(both / scale), turned[best]


def _agreement(a: FloatArray, b: FloatArray, turned: FloatArray) -> FloatArray:
    """Return the inner products ``(start,)`` of `a` with `b` in turned coordinates."""
    return np.einsum("ij,sij->s", a, turned @ b @ turned.swapaxes(1, 2))


def _starts(a: FloatArray, b: FloatArray) -> FloatArray:
    """Return orthogonal matrices ``(start, row, column)``.

    Half bring the symmetric parts to the same axes, which is best where the flows are symmetric,
    with signs drawn; half are drawn. Always the same draw.
    """
    rng = np.random.default_rng(0)
    axes_a, axes_b = (np.linalg.eigh(flow + flow.T)[1] for flow in (a, b))
    signs = rng.choice([-1.0, 1.0], (N_STARTS // 2, 1, len(a)))
    signs[0] = 1
    drawn = np.linalg.qr(rng.standard_normal((N_STARTS // 2, *a.shape)))[0]
    return np.concatenate([axes_a * signs @ axes_b.T, drawn])


def _paths(tensor: xr.DataArray, n_components: int, which: str) -> FloatArray:
    """Return the first principal components ``(state, time, component)`` of all moments."""
    paths = decoding_trajectories(tensor, n_components).curves.values
    if np.isnan(paths).any():
        raise ResponseTensorError(
            f"The {which} population has moments without responses",
            "cut the responses to the frames that all stimuli have",
        )
    return paths.reshape(-1, *paths.shape[2:])
