"""The command ``score``: tubularity and decoding of all sites without a window."""

import argparse
import json
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from napari_nfm.errors import NeuralFoundationModelError
from napari_nfm.terminal import TerminalProgress, interruptible, progress_bar

if TYPE_CHECKING:
    from pandas import DataFrame
    from xarray import DataArray

    from napari_nfm.analysis import Scorecard
    from napari_nfm.figures import CaptionedFigure, FigureStyle

__all__ = ["SCORE", "add_score_arguments", "score"]

SCORE = """\
Score tubularity, decoding accuracy and alignment of all sites at once.

Each RESPONSES is a recording (.zarr) that keeps units, of which all sites are scored, or a
response tensor (.npy as the study's authors store it, .nc, .zarr). A site that cannot be
scored gets a row that says why. Lower S_tight is tighter, lower S_cross is less crossing.

written to FOLDER:
  scores.csv     one row per site: units, space, scores and accuracies with intervals
  bundles.csv    one row per site and bundle of trajectories
  windows.csv    accuracy in every time window, growing and shrinking
  alignment.csv  similarity of the sites' responses (RSA), where there are two or more
  columns.csv    what every column means, with its unit
  summary.json   the call, the versions, the inputs and the scores, for programmes
  figures/       PNG and SVG, each with its caption (.txt) and the numbers it shows (.csv)

Figures show what Bertram et al. published as hollow marks; those are not measured here and
in no table but their own. The same command gives the same files.

examples:
  napari-nfm score recording.zarr --out scores
  napari-nfm score recording.zarr retina_tensor_traces.npy --bootstraps 30 --out scores
  napari-nfm score recording.zarr --sites encoder.L8 output --labels hdbscan --out clusters
  napari-nfm score a.npy --classifier knn --bootstraps 0 --out quick
  napari-nfm score recording.zarr --formats pdf --width 89 --background dark --out slides
"""


def add_score_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of ``score``."""
    from napari_nfm.figures import FORMATS, FigureStyle

    parser.set_defaults(after_cancel="nothing was written.")
    parser.add_argument(
        "responses", metavar="RESPONSES", type=Path, nargs="+", help="recordings and tensors"
    )
    parser.add_argument("--out", metavar="FOLDER", type=Path, required=True, help="where to write")
    parser.add_argument(
        "--sites", nargs="+", metavar="SITE", help="sites of the recordings (default: all)"
    )
    scores = parser.add_argument_group("scores")
    scores.add_argument(
        "--preset",
        choices=("study", "scale-free", "bin-wise", "contextual"),
        default="study",
        help="constants of tubularity (default: the study's); the docs compare them",
    )
    scores.add_argument(
        "--labels",
        choices=("stimulus", "hdbscan"),
        default="stimulus",
        help="what makes a bundle of trajectories (default: the stimulus category)",
    )
    scores.add_argument(
        "--bootstraps",
        type=int,
        default=100,
        metavar="N",
        help="draws of units for the intervals (default 100; 0 for none)",
    )
    scores.add_argument(
        "--classifier",
        nargs="+",
        choices=("knn", "logistic", "none"),
        default=["knn", "logistic"],
        help="decoders of the stimulus category (default: both)",
    )
    scores.add_argument("--seed", type=int, default=0, help="seed of the bootstrap (default 0)")
    look = parser.add_argument_group("figures")
    default = FigureStyle()
    look.add_argument(
        "--formats",
        nargs="+",
        choices=[ending[1:] for ending in FORMATS],
        default=["png", "svg"],
        help="of the figures (default: png svg)",
    )
    look.add_argument(
        "--width",
        type=float,
        default=default.width_mm,
        metavar="MM",
        help="89 is one column of many journals, 180 two (default: %(default)g)",
    )
    look.add_argument("--dpi", type=int, default=default.dpi, help="(default: %(default)d)")
    look.add_argument(
        "--font-size",
        type=float,
        default=default.font_size,
        metavar="POINTS",
        help="(default: %(default)g)",
    )
    look.add_argument("--background", choices=("light", "dark"), default=default.background)
    look.add_argument(
        "--no-published", action="store_true", help="leave out the study's published values"
    )


def score(options: argparse.Namespace) -> int:
    """Run the command ``score``; return 1 where no site could be scored."""
    from napari_nfm.analysis import score_sites
    from napari_nfm.figures import FigureStyle

    style = FigureStyle(options.width, options.dpi, options.font_size, options.background)
    responses = _load(options.responses, options.sites)
    start = time.perf_counter()
    with progress_bar() as bar, interruptible() as should_stop:
        scorecard = score_sites(
            responses,
            labels=None if options.labels == "stimulus" else options.labels,
            preset=options.preset,
            classifiers=[name for name in options.classifier if name != "none"],
            n_bootstrap=options.bootstraps,
            seed=options.seed,
            progress=TerminalProgress(bar),
            should_stop=should_stop,
        )
    try:
        _write_tables(scorecard, options.out, options.responses)
        for name, figure in _figures(scorecard, style, published=not options.no_published):
            for ending in options.formats:
                figure.save(options.out / "figures" / f"{name}.{ending}")
    except OSError as error:
        raise NeuralFoundationModelError(
            f"The folder {options.out} cannot be written ({error.strerror})",
            "choose another with --out",
        ) from error
    print(_printed(scorecard))
    print(f"written to {options.out} after {time.perf_counter() - start:.0f} s")
    return 0 if scorecard.tubularity or scorecard.accuracy else 1


def _load(paths: list[Path], wanted: list[str] | None) -> dict[str, "DataArray"]:
    """Return responses by the name of their site or file; by both where a name is not enough."""
    from napari_nfm.recording import load_responses, open_recording
    from napari_nfm.recording.recording import is_recording

    found: list[tuple[Path, str, DataArray]] = []
    for path in paths:
        if is_recording(path):
            sites = wanted or open_recording(path).sites
            found += [(path, site, load_responses(path, site=site)) for site in sites]
        else:
            found.append((path, path.stem, load_responses(path)))
    names = [name for _, name, _ in found]
    by_name = {
        name if names.count(name) == 1 else f"{path}: {name}": responses
        for path, name, responses in found
    }
    if len(by_name) < len(found):
        raise NeuralFoundationModelError(
            "The same responses are given twice", "name each recording and file once"
        )
    return by_name


def _write_tables(scorecard: "Scorecard", folder: Path, paths: list[Path]) -> None:
    """Write everything but the figures, and make room for those."""
    (folder / "figures").mkdir(parents=True, exist_ok=True)
    tables = {
        "scores": scorecard.table,
        "bundles": scorecard.bundles,
        "windows": scorecard.windows,
        "columns": scorecard.columns,
    }
    for name, table in tables.items():
        table.to_csv(folder / f"{name}.csv", index=False, lineterminator="\n")
    if scorecard.alignment is not None:
        matrix = scorecard.alignment.to_pandas()
        matrix.to_csv(folder / "alignment.csv", lineterminator="\n", index_label="site")
    made = scorecard.provenance
    summary = {
        "napari_nfm": made.version,
        "function": made.function,
        "parameters": _plain(made.parameters),
        "files": [str(path) for path in paths],
        "inputs": _plain(made.inputs),
        "remarks": list(scorecard.remarks),
        "sites": json.loads(scorecard.table.to_json(orient="records", double_precision=15)),
    }
    text = json.dumps(summary, indent=2, ensure_ascii=False)
    (folder / "summary.json").write_text(f"{text}\n", encoding="utf-8")


def _plain(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return what JSON can hold; anything else as text."""
    return json.loads(json.dumps(dict(values), default=str))


def _figures(
    scorecard: "Scorecard", style: "FigureStyle", *, published: bool
) -> Iterator[tuple[str, "CaptionedFigure"]]:
    """Yield names and figures, of what there is."""
    from napari_nfm.figures import (
        accuracy_figure,
        confusion_figure,
        radius_profile_figure,
        scores_figure,
    )

    if scorecard.tubularity or scorecard.accuracy:
        yield "scores", scores_figure(scorecard, published=published, style=style)
    for classifier in dict.fromkeys(name for _, name in scorecard.accuracy):
        decoded = {
            site: found for (site, name), found in scorecard.accuracy.items() if name == classifier
        }
        yield f"accuracy_{classifier}", accuracy_figure(decoded, style=style)
        if len({found.chance for found in decoded.values()}) == 1:  # the same categories
            yield f"confusions_{classifier}", confusion_figure(decoded, style=style)
    for number, (site, found) in enumerate(scorecard.tubularity.items(), start=1):
        named = f"{number:02d}_{Path(site).name.replace(': ', '_')}"
        yield f"radius_{named}", radius_profile_figure(found, site=site, style=style)


def _printed(scorecard: "Scorecard") -> str:
    """Return the most important columns for the terminal, and what must be known."""
    table = scorecard.table
    shown: DataFrame = table[["site", "n_units"]].copy()
    for name, form in (("s_tight", "{:.3f}"), ("s_cross", "{:.2e}")):
        shown[name] = table[name].map(form.format)
        if table[f"{name}_low"].notna().any():
            bounds = zip(table[f"{name}_low"], table[f"{name}_high"], strict=True)
            shown[name] += [f" ({form.format(low)} to {form.format(high)})" for low, high in bounds]
    for classifier in scorecard.provenance.parameters["classifiers"]:
        shown[classifier] = table[f"accuracy_{classifier}"].map("{:.2f}".format)
    lines = [shown.to_string(index=False)]
    lines += [
        f"{site}: {reason}"
        for site, reason in zip(table["site"], table["why_not"], strict=True)
        if reason
    ]
    return "\n".join([*lines, *scorecard.remarks])
