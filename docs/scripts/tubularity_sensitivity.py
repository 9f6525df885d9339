"""Make the picture of docs/tubularity.md again: the constants of tubularity, on published data.

The populations are the decompositions that the study's authors and those of the retina's manifold
have published, multiplied out.
"""

import argparse
from pathlib import Path

import numpy as np

from napari_nfm.analysis import tubularity_sensitivity
from napari_nfm.figures import FigureStyle, sensitivity_figure

IMAGES = Path(__file__).resolve().parents[1] / "images"
N_DIRECTIONS = 8
POPULATIONS = {
    "Retina": "cp_factors/retina_R16.npz",
    "Encoder block 1": "fnn_decompositions/b1_R08_best.npz",
    "Output": "fnn_decompositions/output_R09_best.npz",
    "ResNet-50": "fnn_decompositions/r1_R09_best.npz",
}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path, help="folder of the published decompositions")
    folder = parser.parse_args().data
    populations = {name: multiplied_out(folder / path) for name, path in POPULATIONS.items()}
    found = tubularity_sensitivity(populations)
    drawn = sensitivity_figure(found, style=FigureStyle(dpi=150))
    drawn.figure.savefig(IMAGES / "tubularity_sensitivity.png")
    print(drawn.caption)
    print(found.ordering.merge(found.kendall).to_string())


def multiplied_out(path):
    """Return responses ``(unit, category, direction, time)`` of a decomposition."""
    with np.load(path, allow_pickle=False) as factors:
        names = ("neural", "stimulus", "response")
        fibres = np.einsum("r,nr,sr,pr->nsp", factors["lambdas"], *(factors[n] for n in names))
    return fibres.reshape(*fibres.shape[:2], -1, N_DIRECTIONS).swapaxes(2, 3)


if __name__ == "__main__":
    main()
