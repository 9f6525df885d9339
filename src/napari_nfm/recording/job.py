"""Playing stimuli to a twin and recording its sites in one pass."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from napari_nfm.fnn.cores import worthwhile_threads
from napari_nfm.fnn.twin import Twin
from napari_nfm.jobs import Progress as ReportProgress
from napari_nfm.jobs import ShouldStop
from napari_nfm.recording.costs import (
    check_space,
    choose_batch_size,
    choose_players,
    estimate_plan,
)
from napari_nfm.recording.description import Description, Keep, Precision
from napari_nfm.recording.errors import OtherRecordingError, StoreError
from napari_nfm.recording.files import writing
from napari_nfm.recording.layout import is_complete, read_root
from napari_nfm.recording.plan import Plan, make_plan
from napari_nfm.recording.recorder import Recorder
from napari_nfm.recording.recording import Recording, open_recording
from napari_nfm.recording.sampling import DEFAULT_SAMPLING, Sampling
from napari_nfm.recording.unfinished import Progress, Unfinished
from napari_nfm.side_by_side import one_thread_each
from napari_nfm.stimuli import StimulusSet

__all__ = ["record"]


def record(
    twin: Twin,
    stimuli: StimulusSet,
    sites: Sequence[str],
    store: str | Path,
    *,
    keep: Keep = "units",
    sampling: Sampling = DEFAULT_SAMPLING,
    batch_size: int | str = "auto",
    dtype: Precision = "float16",
    channels: Sequence[int] | Mapping[str, Sequence[int]] | None = None,
    crop: float | None = None,
    like_study: bool = False,
    progress: ReportProgress | None = None,
    should_stop: ShouldStop | None = None,
) -> Recording:
    """Play a stimulus set to a twin and record any number of sites in one pass.

    Every sequence starts from the network's initial state. Activity is averaged over the
    instances of a category and direction; instances with identical frames are played once and
    counted as often as they occur.

    A recording that was cancelled or killed goes on when `record` is called again with the same
    arguments; at most the batch in flight is lost. On a CPU the finished store is then the same
    to the byte as one made without interruption. A finished one is returned as it is. Neither
    the time nor the machine is written into the store.

    Parameters
    ----------
    twin
        The network to record from.
    stimuli
        What to play to it.
    sites
        Names of the sites to record, see `napari_nfm.fnn.sites`.
    store
        Folder of the recording, a zarr store; made where it does not exist.
    keep
        ``"units"`` keeps the rectified time courses of sampled units, some MB per site.
        ``"maps"`` keeps whole feature maps as they are, up to many GB per site, and what
        `sample_units` needs to sample them later.
    sampling
        How units are sampled.
    batch_size
        Sequences that are played in lockstep, or "auto": one on a CPU, where more are not
        quicker, and what half of the free memory holds on an accelerator. Halved where memory
        runs out. A recording that goes on keeps the number it began with.
    dtype
        Type of the stored activity.
    channels
        Channels to record, for every site or by site; all where none are given.
    crop
        Share of a map's height that is removed at each of its sides; an eighth where none is
        given, because activity near the edges comes from the padding of convolutions and not
        from the stimulus. 0 keeps whole maps. Sites without maps are not cropped.
    like_study
        Everything as the study's code does it; the same as ``Sampling(like_study=True)``. It
        removes a quarter at the top and left only, which leaves the padding of the other edges
        in; it does not crop ``recurrent.out`` and ``readout.position`` and takes their first 40
        channels, all from one of four streams; it samples the output's units uniformly; and its
        time courses are divided by the largest value of the site in each frame.
    progress
        Told of frames played, of all frames, after every batch.
    should_stop
        Asked every few frames.

    Returns
    -------
    Recording
        The finished recording.

    Raises
    ------
    Cancelled
        When `should_stop` says so; the recording can go on later.
    RecordingArgumentError, UnknownSiteError
        An argument is out of range.
    OtherRecordingError
        `store` holds a recording of other things; it is left alone.
    StoreError
        `store` is a folder with something else in it, or a damaged recording.
    StorageError
        The disk is too small, full, or cannot be written.
    OutOfMemoryError
        The device cannot hold one sequence.
    ActivityRangeError
        Activity is not finite, or too large for `dtype`.
    """
    store = Path(store).expanduser()
    plan = make_plan(
        twin,
        stimuli,
        sites,
        keep=keep,
        sampling=sampling,
        dtype=dtype,
        channels=channels,
        crop=crop,
        like_study=like_study,
    )
    size = choose_batch_size(plan, twin, batch_size)
    players = choose_players(plan, twin, size)
    unfinished = Unfinished(store)
    if is_complete(store):
        _compare(store, Description.read(read_root(store), store), plan.description)
        unfinished.remove()
        return open_recording(store)
    state = _begin_or_continue(unfinished, plan, twin, stimuli, size, players)
    one_player = state.players == 1
    threads = worthwhile_threads(twin.network.architecture) if one_player else one_thread_each()
    with writing(store), threads:
        Recorder(plan, twin, stimuli, unfinished, state, progress, should_stop).run()
    return open_recording(store)


def _begin_or_continue(
    unfinished: Unfinished,
    plan: Plan,
    twin: Twin,
    stimuli: StimulusSet,
    batch_size: int,
    players: int,
) -> Progress:
    """Return how far the recording in the store is, after a look at the free space."""
    store = unfinished.store
    if unfinished.exists:
        description, state = unfinished.read()
        _compare(store, description, plan.description)
        cost = estimate_plan(
            plan, twin, stimuli, state.batch_size, state.players, store, state.strategy
        )
        there = sum(path.stat().st_size for path in store.rglob("*") if path.is_file())
        check_space(cost, twin, store, already=there)
        return state
    if store.exists() and (not store.is_dir() or _strangers(unfinished)):
        raise StoreError(
            f"{store} exists and is not a recording of napari-nfm",
            "choose a folder that is empty or does not exist",
        )
    cost = estimate_plan(plan, twin, stimuli, batch_size, players, store)
    check_space(cost, twin, store)
    targets = tuple(condition.targets for condition in plan.conditions)
    state = Progress(cost.strategy, batch_size, players, targets)
    with writing(store):
        unfinished.begin(plan.description, state)
    return state


def _strangers(unfinished: Unfinished) -> list[Path]:
    """Return what is in a folder besides a recording that was killed before it began."""
    return [path for path in unfinished.store.iterdir() if path != unfinished.folder]


def _compare(store: Path, found: Description, wanted: Description) -> None:
    differences = found.differences(wanted)
    if differences:
        raise OtherRecordingError(
            f"{store} holds a recording with other {' and '.join(differences)}",
            "choose another folder, or delete this one",
        )
