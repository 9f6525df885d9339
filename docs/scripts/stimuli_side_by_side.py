"""Draw our stimuli beside the study's, with measured statistics under each pair.

The study's images are not part of this project. Give the path of its ``flowstims`` folder
(github.com/dyballa/NeuralEncodingManifolds) to draw the comparison; without it, only ours is
drawn.
"""

import argparse
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray
from scipy import ndimage
from scipy.spatial import cKDTree

from napari_nfm.stimuli import StimulusSet, flow_ensemble

ATTRIBUTION = (
    "The study's stimuli: crops of images by L. Dyballa and colleagues, "
    "github.com/dyballa/NeuralEncodingManifolds (BSD 2-Clause, © 2023 Luciano Dyballa)."
)
SHOWN = (
    ("grat_W1", 45.0),
    ("grat_W2", 135.0),
    ("neg1dotflow_D1_bg", 0.0),
    ("neg3dotflow_D1_bg", 45.0),
    ("pos1dotflow_D2_bg", 90.0),
    ("pos3dotflow_D2_bg", 135.0),
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--flowstims", type=Path, help="the study's flowstims folder")
    parser.add_argument("--output", type=Path, default=Path("docs/images/stimuli_side_by_side.png"))
    arguments = parser.parse_args()
    sets = {"drawn by napari-nfm": flow_ensemble(instances=1)}
    if arguments.flowstims:
        sets = {"the study's": flow_ensemble(arguments.flowstims, instances=1), **sets}
    figure = side_by_side(sets)
    if arguments.flowstims:
        figure.text(0.5, 0.006, ATTRIBUTION, ha="center", fontsize=8, color="0.3")
    arguments.output.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(arguments.output, dpi=150)


def side_by_side(sets: dict[str, StimulusSet]) -> Figure:
    """Show the first frame of each category in `SHOWN`, one column per set."""
    # Two pairs per row: pixels are shown as they are, the network's 144 x 256.
    n_rows = len(SHOWN) // 2
    figure, axes = plt.subplots(
        n_rows, 2 * len(sets), figsize=(3.6 * 2 * len(sets), 2.5 * n_rows + 0.5), squeeze=False
    )
    for index, (category, direction) in enumerate(SHOWN):
        for column, (origin, stimuli) in enumerate(sets.items()):
            frame = stimuli.frames(category, direction)[0]
            axis = axes[index // 2, (index % 2) * len(sets) + column]
            axis.imshow(frame, cmap="gray", vmin=0, vmax=255, interpolation="nearest")
            axis.set_title(f"{category}, {direction:g}°: {origin}", fontsize=9)
            axis.set_xlabel(summary(category, frame), fontsize=8)
            axis.set_xticks([])
            axis.set_yticks([])
    figure.tight_layout(rect=(0, 0.025, 1, 1))
    return figure


def summary(category: str, frame: NDArray[np.uint8]) -> str:
    """Return the statistics of one frame as a line of text."""
    if category.startswith("grat_"):
        return f"mean {frame.mean():.1f}, levels {frame.min()} to {frame.max()}"
    covered = np.abs(frame.astype(float) - 128) / 120
    labels, count = ndimage.label(covered > 0.5)
    centres = np.array(ndimage.center_of_mass(covered, labels, range(1, count + 1)))
    nearest = np.median(cKDTree(centres).query(centres, k=2)[0][:, 1])
    return f"coverage {100 * covered.mean():.1f} %, {count} elements, nearest {nearest:.1f} px"


if __name__ == "__main__":
    main()
