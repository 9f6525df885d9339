"""A recording whose process is killed goes on and ends up the same to the byte."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from store_files import files_of

from napari_nfm.recording import open_recording, record

POINTS = [
    ("units", "half a block", 1),
    ("units", "half a block", 7),
    ("units", "half a block", 19),
    ("units", "replacing a file", 1),
    ("units", "replacing a file", 4),
    ("units", "replacing a file", 14),
    ("units", "creating arrays", 5),
    ("units", "replacing a file", 31),
    ("units", "cleaning up", 1),
    ("maps", "creating arrays", 3),
    ("maps", "a block of maps", 6),
    ("maps", "replacing a file", 12),
    ("maps", "replacing a file", 31),
    ("maps", "cleaning up", 1),
]


@pytest.fixture(scope="module")
def undisturbed(experiment, twin, stimuli, tmp_path_factory):
    """Files of recordings that nobody disturbed, by what they keep."""
    folder = tmp_path_factory.mktemp("undisturbed")
    for keep in ("units", "maps"):
        record(
            twin, stimuli, experiment.SITES, folder / keep, keep=keep, sampling=experiment.SAMPLING
        )
    return {keep: files_of(folder / keep) for keep in ("units", "maps")}


@pytest.fixture(scope="module")
def killed(tmp_path_factory):
    """Stores of recordings that were killed at each of `POINTS`."""
    folder = tmp_path_factory.mktemp("killed")
    stores = {point: folder / str(number) for number, point in enumerate(POINTS)}
    lines = ["\t".join([str(stores[p]), *map(str, p)]) for p in POINTS]
    run = subprocess.run(
        [sys.executable, str(Path(__file__).with_name("experiment.py"))],
        input="\n".join(lines) + "\n",
        capture_output=True,
        text=True,
        check=True,
        timeout=240,
    )
    signals = [int(line) for line in run.stdout.split()]
    assert len(signals) == len(POINTS), run.stderr
    return {point: (stores[point], number) for point, number in zip(POINTS, signals, strict=True)}


@pytest.mark.skipif(not hasattr(os, "fork"), reason="kills forked processes")
@pytest.mark.parametrize("point", POINTS, ids=lambda point: " ".join(map(str, point)))
def test_a_killed_recording_goes_on(killed, undisturbed, experiment, twin, stimuli, point):
    store, number = killed[point]
    assert number == 9, "the recording ended before it was killed"
    keep, where, _ = point
    if (store / "unfinished" / "progress.json").exists() and where != "cleaning up":
        unfinished = open_recording(store)
        assert not unfinished.is_complete
        recorded = 6 - len(unfinished.missing)
        assert (recorded > 0) == (store / "unfinished" / "output.peaks.npy").exists()

    finished = record(
        twin,
        stimuli,
        experiment.SITES,
        store,
        keep=keep,
        sampling=experiment.SAMPLING,
    )
    assert finished.is_complete
    assert files_of(store) == undisturbed[keep]
