"""Tubularity the plain way, to measure ours against.

One point, one bin and one pair of points at a time, as the study's code does, with scikit-learn's
scaler and principal components in every bootstrap. As there, curves are also clustered by their
distances, to no effect. Nothing here is shared with the package.
"""

import itertools
import math

import numpy as np
from scipy.interpolate import UnivariateSpline
from scipy.spatial import cKDTree
from sklearn.cluster import HDBSCAN
from sklearn.decomposition import PCA
from sklearn.preprocessing import StandardScaler

N_POINTS, N_BINS, QUANTILE, SMOOTHING = 150, 100, 0.9, 0.01


def bootstraps(tensor, drawn, solver="auto"):
    """Return tightness and crossing ``(bootstrap, category)`` of units drawn again.

    `tensor` is ``(unit, category, direction, time)``; `drawn` has a row of units per bootstrap.
    """
    scores = [score(tensor[units], solver) for units in drawn]
    return np.array([s[0] for s in scores]), np.array([s[1] for s in scores])


def score(tensor, solver="auto"):
    """Return tightness and crossing, one number each per category."""
    n_units, _, n_directions, n_frames = tensor.shape
    rows = tensor.transpose(1, 2, 3, 0).reshape(-1, n_units)
    components = PCA(10, svd_solver=solver).fit_transform(StandardScaler().fit_transform(rows))
    curves = [resample(curve) for curve in components.reshape(-1, n_frames, components.shape[1])]
    clusters(curves)
    ends = range(n_directions, len(curves), n_directions)
    bundles = [curves[end - n_directions : end] for end in [*ends, len(curves)]]
    return np.array([bundle_score(bundle) for bundle in bundles]).T


def resample(curve):
    """Return points equally spaced along a curve, one at a time."""
    steps = np.linalg.norm(np.diff(curve, axis=0), axis=1)
    travelled = np.concatenate([[0], np.cumsum(steps)])
    points, segment = np.empty((N_POINTS, curve.shape[1])), 0
    for number, wanted in enumerate(np.linspace(0, travelled[-1], N_POINTS)):
        while segment < len(steps) - 1 and travelled[segment + 1] < wanted:
            segment += 1
        share = (wanted - travelled[segment]) / steps[segment] if steps[segment] > 0 else 0
        points[number] = (1 - share) * curve[segment] + share * curve[segment + 1]
    return points


def clusters(curves):
    """Return a cluster per curve, by the distances of points and slopes of all pairs."""
    slopes = [np.gradient(curve, np.linspace(0, 1, N_POINTS), axis=0) for curve in curves]
    distances = np.zeros((len(curves), len(curves)))
    for i in range(len(curves)):
        for j in range(i + 1, len(curves)):
            points = np.mean(np.sum((curves[i] - curves[j]) ** 2, axis=1))
            tilts = np.mean(np.sum((slopes[i] - slopes[j]) ** 2, axis=1))
            distances[i, j] = distances[j, i] = np.sqrt(points + 0.5 * tilts)
    distances /= np.median(distances[np.triu_indices(len(curves), 1)])
    return HDBSCAN(4, min_samples=4, metric="precomputed", copy=True).fit_predict(distances)


def bundle_score(curves):
    """Return tightness and crossing of one bundle."""
    at = np.linspace(0, 1, N_POINTS)
    mean = np.mean(curves, axis=0)
    splines = [UnivariateSpline(at, values, k=3, s=SMOOTHING) for values in mean.T]

    def centreline(u):
        return np.stack([spline(u) for spline in splines], axis=-1)

    length = np.linalg.norm(np.diff(centreline(np.linspace(0, 1, 400)), axis=0), axis=1).sum()
    edges = np.linspace(0, 1, N_BINS + 1)
    radii = []
    for number, (low, high) in enumerate(itertools.pairwise(edges)):
        centre = centreline((low + high) / 2)
        distances = []
        for curve in curves:
            inside = (at >= low) & ((at < high) | (number == N_BINS - 1))
            distances.extend(np.linalg.norm(curve[inside] - centre, axis=1))
        radii.append(np.quantile(distances, QUANTILE) if distances else 0)
    return np.mean(radii) / (length + 1e-12), crossing(curves) / (length + 1e-12)


def crossing(curves):
    """Return how much curves cross, pair of points by pair."""
    points = np.concatenate(curves)
    owner = np.repeat(np.arange(len(curves)), N_POINTS)
    slopes = np.concatenate([np.gradient(c, np.linspace(0, 1, N_POINTS), axis=0) for c in curves])
    tangents = slopes / (np.linalg.norm(slopes, axis=1, keepdims=True) + 1e-12)
    tree = cKDTree(points)
    nearest = []
    for point, (near, which) in enumerate(zip(*tree.query(points, k=10), strict=True)):
        for distance, other in zip(near[1:], which[1:], strict=True):
            if owner[other] != owner[point]:
                nearest.append(distance)
                break
    epsilon = max(np.median(nearest) if nearest else 1.0, 1e-12)
    total = 0.0
    for point, near in enumerate(tree.query_ball_point(points, 3 * epsilon)):
        for other in near:
            if other > point and owner[other] != owner[point]:
                squared = np.sum((points[point] - points[other]) ** 2)
                sine = 1 - np.dot(tangents[point], tangents[other]) ** 2
                total += math.exp(-squared / (2 * epsilon**2)) * sine
    return total / N_POINTS**2 * 2 / (len(curves) * (len(curves) - 1))
