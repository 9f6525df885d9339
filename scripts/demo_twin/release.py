"""Write what the package ships: weights, units with their truth, report and model card."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from demo_twin.evaluation import Report
from napari_nfm.fnn.network import FNN
from napari_nfm.fnn.writing import write_checkpoint

__all__ = ["NOTE", "SCAN", "write_release"]

NAME = "demo twin"
NOTE = (
    "trained on a synthetic mouse whose 300 cells are known: for learning and testing the tool, "
    "not the MICrONS twin and not a model of cortex"
)
SCAN = (1, 1)
"""Session and scan under which the units are listed."""

TRUTH = (
    *("cell_kind", "rf_x", "rf_y", "rf_azimuth", "rf_elevation", "rf_size"),
    *("true_direction", "true_osi", "true_dsi", "spatial_frequency", "temporal_frequency"),
    *("held_out_correlation",),
)
"""Columns of ``units.csv`` beside the published ones."""


def write_release(directory: Path, network: FNN, report: Report, setup: dict[str, Any]) -> None:
    """Write the demo twin in the published layout, with what is known of it.

    Parameters
    ----------
    directory
        For ``load_twin``; files in it are replaced.
    network
        The trained network.
    report
        From `evaluation.evaluate`.
    setup
        With what it was made: seed, numbers of movies and frames, schedule.
    """
    cells = report.cells.rename(columns={"correlation": "held_out_correlation"})
    units = pd.DataFrame({"unit_id": np.arange(1, len(cells) + 1)}).join(
        cells[list(TRUTH)].round(4)
    )
    config = {
        "name": NAME,
        "note": NOTE,
        "architecture": asdict(network.architecture),
        "training": setup,
        "report": report.summary(),
    }
    session, scan_idx = SCAN
    write_checkpoint(
        directory, network.state_dict(), units, config, session=session, scan_idx=scan_idx
    )
    card = CARD.format(report=json.dumps(report.summary(), indent=1, ensure_ascii=False))
    (directory / "MODEL_CARD.md").write_text(card, encoding="utf-8")


CARD = """# Demo twin

A small network of the FNN family (Wang et al., Nature 640, 2025), made by napari-nfm for learning,
teaching and testing the tool. **It is not the MICrONS twin, and no animal was recorded for it.**

- **What it models**: 300 simulated cells of a synthetic mouse: simple and complex Gabor cells, each
  with and without direction selectivity, and ON and OFF cells, with divisive normalisation,
  adaptation, latency, a gain that grows with running, and Poisson spikes. Every parameter is known;
  the important ones are columns of `units.csv`.
- **How it was made**: `scripts/train_demo_twin` draws the cells and the movies (moving dead leaves,
  drifting pink noise, gratings, dot flow, flashes) from a seed, simulates the spikes, and fits the
  network to them with the Poisson loss. `config.json` has the numbers.
- **What is not learned**: the perspective (gaze, monitor and retina) is the mouse's, as if the eye
  tracker had been calibrated. Everything else is; the core starts from seeded Gabor filters.
- **What it is not for**: any statement about real neurons. Cells were chosen to be textbook cells.
- **Licence**: BSD-3-Clause, as the package. Nothing of the published network or data is in it.

## Held-out report

Correlations are with the noiseless rates of the synthetic mouse, for movies that were not used in
training. The flow ensemble is the stimulus set of the manifold study; none of its movies was used
in training.

```json
{report}
```
"""
