"""Scales with the smallest sum that still cover all edges: the l1 objective, by linear programming.

A pair of scales covers an edge of length e if their product is at least w² with w = C e. Below
that hyperbola the programme puts its two chords from the diagonal (w, w) to the points where one
of the scales is at its upper bound u, the distance to the unit's farthest neighbour::

    minimise    Σ σ_i
    subject to  (w / u_i) σ_i + σ_j ≥ w (1 + w / u_i)    for each edge, both ways round
                0 ≤ σ_i ≤ u_i
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from napari_nfm.analysis.errors import AnalysisError
from napari_nfm.analysis.neighbourhoods.adjacency import Adjacency
from napari_nfm.analysis.neighbourhoods.result import FloatArray, IntArray

if TYPE_CHECKING:
    from highspy import HighsBasis

__all__ = ["LeastSumScales"]

TOLERANCE = 1e-9
SPARE = 0.2
"""Rows kept when others are dropped: those within this fraction of being needed."""


class LeastSumScales:
    """The linear programme of one graph, solved again and again while edges are pruned.

    Only few of the rows bind. The programme therefore starts with each unit's shortest edge and
    takes in rows that its solution violates, until there are none; the solution is then that of
    the whole programme. Each call starts the dual simplex method from the last basis, from which
    the new optimum is a few steps away.

    Parameters
    ----------
    adjacency
        The graph; later changes to it are seen by the next call of `scales`.
    """

    def __init__(self, adjacency: Adjacency) -> None:
        import highspy

        self._adjacency = adjacency
        i, j = adjacency.edges.T
        self._columns = np.column_stack([np.r_[i, j], np.r_[j, i]]).astype(np.int32)
        self._lengths: FloatArray = np.tile(adjacency.lengths, 2)
        self._rows = _shortest_edges(self._columns[:, 0], self._lengths)
        self._most_rows = 4 * len(self._rows)
        self._basis: HighsBasis | None = None
        self._solver = highspy.Highs()
        options: dict[str, Any] = {
            "output_flag": False,
            "presolve": "off",
            "solver": "simplex",
            "parallel": "off",
            "simplex_dual_edge_weight_strategy": 1,  # Devex; steepest edge costs more than it saves
            "simplex_scale_strategy": 0,
            "primal_feasibility_tolerance": TOLERANCE,
            "dual_feasibility_tolerance": TOLERANCE,
        }
        for name, value in options.items():
            self._solver.setOptionValue(name, value)

    def scales(self, factor: float) -> FloatArray:
        """Return the scales ``(unit,)`` at a factor C; 0 for units without edges."""
        coefficients, bounds = self._constraints(factor)
        self._load(coefficients, bounds)
        loaded = np.zeros(len(bounds), dtype=bool)
        loaded[self._rows] = True
        while True:
            scales = self._solve()
            covered = coefficients * scales[self._columns[:, 0]] + scales[self._columns[:, 1]]
            missing = np.where(loaded, 0, bounds - covered)
            violated = np.flatnonzero(missing > TOLERANCE)
            if not len(violated):
                break
            rows = self._worst(violated, missing[violated])
            values = np.column_stack([coefficients[rows], np.ones(len(rows))])
            self._solver.addRows(
                len(rows),
                bounds[rows],
                np.full(len(rows), np.inf),
                2 * len(rows),
                np.arange(0, 2 * len(rows), 2, dtype=np.int32),
                self._columns[rows].ravel(),
                values.ravel(),
            )
            self._rows = np.concatenate([self._rows, rows])
            loaded[rows] = True
        self._basis = self._solver.getBasis()
        if len(self._rows) > self._most_rows:
            slack = (covered - bounds)[self._rows] > SPARE * bounds[self._rows]
            self._drop_rows(self._basis, slack)
        return scales

    def _constraints(self, factor: float) -> tuple[FloatArray, FloatArray]:
        """Return coefficients and lower bounds of all rows: first the edges i to j, then j to i.

        The rows of pruned edges demand nothing: σ_j ≥ 0.
        """
        present = np.tile(self._adjacency.present, 2)
        lengths = factor * self._lengths
        radius = self._adjacency.radius[self._columns[:, 0]]
        coefficients = np.divide(lengths, radius, out=np.zeros_like(lengths), where=present)
        return coefficients, np.where(present, lengths * (1 + coefficients), 0.0)

    def _load(self, coefficients: FloatArray, bounds: FloatArray) -> None:
        """Hand the programme, restricted to the rows in use, to the solver."""
        rows, n_units = self._rows, len(self._adjacency.radius)
        values = np.column_stack([coefficients[rows], np.ones(len(rows))])
        by_row, minimise, offset = 2, 1, 0.0
        self._solver.passModel(
            n_units,
            len(rows),
            2 * len(rows),
            by_row,
            minimise,
            offset,
            np.ones(n_units),
            np.zeros(n_units),
            self._adjacency.radius,
            bounds[rows],
            np.full(len(rows), np.inf),
            np.arange(0, 2 * len(rows), 2, dtype=np.int32),
            self._columns[rows].ravel(),
            values.ravel(),
            np.zeros(n_units, dtype=np.int32),
        )
        if self._basis is not None:
            self._solver.setBasis(self._basis)

    def _solve(self) -> FloatArray:
        """Solve what is loaded, from scratch where the last basis leads nowhere."""
        from highspy import HighsModelStatus

        self._solver.run()
        if self._solver.getModelStatus() != HighsModelStatus.kOptimal:
            self._solver.clearSolver()
            self._solver.run()
        status = self._solver.getModelStatus()
        if status != HighsModelStatus.kOptimal:
            raise AnalysisError(
                "The linear programme of the neighbourhoods' scales was not solved "
                f"({self._solver.modelStatusToString(status)})",
                "leave out near-duplicate units, or use the greedy objective",
            )
        return np.array(self._solver.getSolution().col_value)

    def _worst(self, violated: IntArray, missing: FloatArray) -> IntArray:
        """Return the most violated row of each unit, as either end of the edge."""
        by_violation = violated[np.argsort(-missing, kind="stable")]
        firsts = [
            np.unique(self._columns[by_violation, end], return_index=True)[1] for end in (0, 1)
        ]
        return by_violation[np.union1d(*firsts)]

    def _drop_rows(self, basis: HighsBasis, slack: npt.NDArray[np.bool_]) -> None:
        """Drop the rows that are marked in `slack` and do not bind, from `basis` too."""
        from highspy import HighsBasisStatus

        statuses = basis.row_status
        binding = np.array([status != HighsBasisStatus.kBasic for status in statuses])
        kept = binding | ~slack
        basis.row_status = [statuses[row] for row in np.flatnonzero(kept)]
        self._rows = self._rows[kept]
        self._most_rows = max(int(1.5 * len(self._rows)), 3 * len(self._adjacency.radius))


def _shortest_edges(units: npt.NDArray[np.integer], lengths: FloatArray) -> IntArray:
    """Return the row of the shortest edge of each unit."""
    order = np.lexsort((lengths, units))
    return order[np.unique(units[order], return_index=True)[1]]
