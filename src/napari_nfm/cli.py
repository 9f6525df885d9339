"""The command line: the same jobs as in the window, without a window."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from napari_nfm import __version__
from napari_nfm.cli_encoding import (
    ENCODE,
    RANK,
    add_encode_arguments,
    add_rank_arguments,
    encode,
    rank,
)
from napari_nfm.cli_scores import SCORE, add_score_arguments, score
from napari_nfm.errors import NeuralFoundationModelError
from napari_nfm.jobs import Cancelled
from napari_nfm.terminal import TerminalProgress, interruptible, progress_bar

if TYPE_CHECKING:
    from napari_nfm.fnn import Twin
    from napari_nfm.stimuli import StimulusSet

__all__ = ["main"]

DESCRIPTION = """\
Do physiology on a neural foundation model: load the published FNN twin of mouse visual
cortex, play stimuli to it, record any site, and look at it in napari.
"""

INFO = """\
Say what a checkpoint is: scans, units, sites and their shapes, fingerprint.

CHECKPOINT is the published folder (params_core.pt, params_SESSION_SCAN.pt, scans.csv,
units.csv), its zip file, or one merged state dict (.pt). 'embedded' is the demo
twin, a small network trained on a synthetic mouse, which comes with this package.
"""

RECORD = """\
Play a stimulus set to a twin and record its sites in one pass.

Says what it will cost before it starts. Ctrl-C stops within one batch; the same command
again continues where it stopped, also after a crash.

examples:
  napari-nfm record ~/microns out.zarr
  napari-nfm record ~/microns out.zarr --session 6 --scan 4 --sites encoder.L8 recurrent.out
  napari-nfm record embedded out.zarr --keep maps --sites encoder.L1
  napari-nfm record ~/microns out.zarr --stimuli ~/flowstims --like-study
  napari-nfm record ~/microns out.zarr --stimuli movie.mp4 --estimate
"""

DEMO = """\
Open the explorer on the demo twin, recorded with the 88 drawn stimuli.

With --headless DIR the window is driven by itself, and explorer.png, trajectories.png,
feature_maps.png and summary.json are left in DIR. Needs a display (or xvfb-run).
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; return 0 when done, 1 on an error, 130 when cancelled."""
    options = _parser().parse_args(arguments)
    try:
        return int(options.run(options) or 0)
    except NeuralFoundationModelError as error:
        print(f"napari-nfm: {error}", file=sys.stderr)
        return 1
    except Cancelled:
        print(f"napari-nfm: cancelled; {options.after_cancel}", file=sys.stderr)
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        "napari-nfm", description=DESCRIPTION, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--version", action="version", version=f"napari-nfm {__version__}")
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")

    def command(name: str, run: Any, description: str) -> argparse.ArgumentParser:
        added = commands.add_parser(
            name,
            help=description.split("\n")[0].rstrip("."),
            description=description,
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        added.set_defaults(run=run, after_cancel="nothing was changed.")
        return added

    info = command("info", _info, INFO)
    _add_twin_arguments(info)
    record = command("record", _record, RECORD)
    _add_twin_arguments(record)
    _add_record_arguments(record)
    add_encode_arguments(command("encode", encode, ENCODE))
    add_rank_arguments(command("rank", rank, RANK))
    add_score_arguments(command("score", score, SCORE))
    demo = command("demo", _demo, DEMO)
    demo.add_argument("--headless", metavar="DIR", type=Path, help="leave pictures in DIR and exit")
    return parser


def _add_twin_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("checkpoint", metavar="CHECKPOINT", help="folder, zip, .pt, or 'embedded'")
    parser.add_argument("--session", type=int, help="session of the scan")
    parser.add_argument("--scan", type=int, help="index of the scan in its session")
    parser.add_argument("--device", default="auto", help="auto (default), cpu, cuda or mps")


def _add_record_arguments(parser: argparse.ArgumentParser) -> None:
    from napari_nfm.recording.sampling import Sampling

    defaults = Sampling()
    parser.set_defaults(after_cancel="run the same command again to continue.")
    parser.add_argument("store", metavar="STORE", type=Path, help="the .zarr folder to write")
    what = parser.add_argument_group("what is played and recorded")
    what.add_argument(
        "--stimuli",
        default="drawn",
        metavar="SET",
        help="drawn (default), pink-noise, full-field-steps, a flowstims folder, or a movie",
    )
    what.add_argument(
        "--instances", type=int, default=3, help="instances of the flow ensemble (default 3)"
    )
    what.add_argument(
        "--sites", nargs="+", default=["all"], metavar="SITE", help="site names, or all (default)"
    )
    what.add_argument(
        "--keep",
        choices=("units", "maps"),
        default="units",
        help="time courses of sampled units (default), or whole feature maps",
    )
    what.add_argument("--dtype", choices=("float16", "float32"), default="float16")
    what.add_argument(
        "--like-study",
        action="store_true",
        help="crop and channels as in Bertram et al. (asymmetric; see the docs)",
    )
    units = parser.add_argument_group("which units are sampled")
    units.add_argument("--maps", type=int, default=defaults.maps)
    units.add_argument("--units-per-map", type=int, default=defaults.units_per_map)
    units.add_argument("--by", choices=("activity", "uniform"), default=defaults.by)
    units.add_argument("--seed", type=int, default=defaults.seed)
    parser.add_argument("--batch-size", default="auto", help="sequences in lockstep, or auto")
    parser.add_argument(
        "--estimate", action="store_true", help="say what it would cost, and stop there"
    )


def _load(options: argparse.Namespace) -> "Twin":
    from napari_nfm.fnn import embedded_checkpoint, load_twin

    source = embedded_checkpoint() if options.checkpoint == "embedded" else options.checkpoint
    return load_twin(source, options.session, options.scan, device=options.device)


def _stimuli(options: argparse.Namespace) -> "StimulusSet":
    from napari_nfm.stimuli import STIMULUS_KINDS, kind_of, open_stimuli

    if options.stimuli in STIMULUS_KINDS:
        return open_stimuli(options.stimuli, instances=options.instances)
    path = Path(options.stimuli).expanduser()
    return open_stimuli(kind_of(path), path, instances=options.instances)


def _info(options: argparse.Namespace) -> None:
    from napari_nfm.fnn import list_scans, sites

    twin = _load(options)
    print(f"{twin.name}: {twin.network.units} units on {twin.device}")
    if twin.note:
        print(f"note: {twin.note}")
    print(f"fingerprint: {twin.fingerprint}")
    scans = list_scans(twin.source)
    if len(scans):
        print(f"\n{len(scans)} scan{'s' * (len(scans) > 1)}:")
        print(scans.to_string(index=False))
    print("\nsite                  channels    y    x")
    for site in sites(twin).values():
        channels, height, width = site.shape
        print(f"{site.name:<20} {channels:>9} {height:>4} {width:>4}  {site.title}")


def _record(options: argparse.Namespace) -> None:
    from napari_nfm.fnn import sites
    from napari_nfm.recording import estimate, record
    from napari_nfm.recording.sampling import Sampling

    twin, stimulus_set = _load(options), _stimuli(options)
    for note in stimulus_set.notes:
        print(note)
    chosen = list(sites(twin)) if options.sites == ["all"] else options.sites
    how: dict[str, Any] = {
        "keep": options.keep,
        "dtype": options.dtype,
        "sampling": Sampling(
            maps=options.maps,
            units_per_map=options.units_per_map,
            by=options.by,
            seed=options.seed,
            like_study=options.like_study,
        ),
    }
    print(estimate(twin, stimulus_set, chosen, store=options.store, **how))
    if options.estimate:
        return
    size = options.batch_size if options.batch_size == "auto" else int(options.batch_size)
    with progress_bar("frames") as bar, interruptible() as should_stop:
        recording = record(
            twin,
            stimulus_set,
            chosen,
            options.store,
            batch_size=size,
            progress=TerminalProgress(bar),
            should_stop=should_stop,
            **how,
        )
    for site in recording.sites:
        array = recording[site]
        shape = " x ".join(f"{size} {axis}" for axis, size in array.sizes.items())
        print(f"{site:<20} {shape}")
    print(f"recorded to {options.store}")


def _demo(options: argparse.Namespace) -> None:
    from napari_nfm.viewer.demo import run_demo

    run_demo(options.headless)
