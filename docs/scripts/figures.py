"""Make the pictures of docs/scores.md and docs/figures.md again, from a recording of all sites.

napari-nfm record embedded twin.zarr --maps 20 --units-per-map 25
python docs/scripts/figures.py twin.zarr
"""

import argparse
from pathlib import Path

IMAGES = Path(__file__).resolve().parents[1] / "images"
SITES = ("encoder.L1", "encoder.L8", "recurrent.out")
RANK, STARTS, BOOTSTRAPS, DRAWS = 6, 3, 30, 20


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("recording", type=Path)
    options = parser.parse_args()
    from napari_nfm.analysis import (
        decoding_trajectories,
        encoding_manifold,
        removal_sweep,
        score_sites,
        select_units,
        unit_metrics,
    )
    from napari_nfm.figures import (
        FigureStyle,
        SiteReadouts,
        manifold_figure,
        removal_figure,
        save_figure,
        scores_figure,
        study_figure,
        unit_figure,
    )
    from napari_nfm.recording import open_recording

    recording = open_recording(options.recording)
    responses = {site: recording[site].load() for site in recording.sites}
    scorecard = score_sites(responses, n_bootstrap=BOOTSTRAPS)
    manifold = encoding_manifold(responses["encoder.L8"], rank=RANK, n_starts=STARTS)
    readouts = {
        site: SiteReadouts(
            decoding_trajectories(responses[site]),
            manifold if site == "encoder.L8" else None,
            scorecard.tubularity.get(site),
            scorecard.accuracy.get((site, "logistic")),
        )
        for site in SITES
    }
    telling = select_units(unit_metrics(responses["encoder.L8"])["classifiability"], share=1)
    sweep = removal_sweep(responses["encoder.L8"], telling, n_random=DRAWS)
    style = FigureStyle(dpi=150)
    figures = {
        "scores": scores_figure(scorecard, style=style),
        "readouts": study_figure(readouts, style=style),
        "removal": removal_figure(sweep, what="units that tell categories apart", style=style),
        "figure_manifold": manifold_figure(
            manifold, colour_by="osi", site="encoder.L8", projection="planes", style=style
        ),
        "figure_unit": unit_figure(responses["output"], 0, site="output", style=style),
    }
    for name, figure in figures.items():
        save_figure(figure.figure, IMAGES / f"{name}.png", caption=figure.caption)
        print(f"{name}: {figure.caption}\n")


if __name__ == "__main__":
    main()
