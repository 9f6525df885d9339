"""Encoding manifolds as files: the same from the same, and none from damage."""

import hashlib
import os
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from encoding_population import FEW

from napari_nfm.analysis import EncodingManifold, encoding_manifold
from napari_nfm.analysis.archive import ArchiveError, fingerprint
from napari_nfm.analysis.errors import AnalysisError


def hashes(folder):
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.iterdir()}


def test_it_is_saved_and_comes_back(manifold, tmp_path):
    manifold.save(tmp_path / "m")
    back = EncodingManifold.load(tmp_path / "m")
    assert fingerprint(back) == fingerprint(manifold)
    pd.testing.assert_frame_equal(back.units, manifold.units)
    xr.testing.assert_identical(back.tensor.values, manifold.tensor.values)
    table = pd.read_csv(tmp_path / "m" / "units.csv", index_col="unit")
    pd.testing.assert_frame_equal(table, manifold.units, check_dtype=False)
    assert sorted(hashes(tmp_path / "m")) == [
        "left_out.csv",
        "manifold.npz",
        "provenance.json",
        "units.csv",
    ]


def test_the_approximate_graph_and_a_greedy_one_are_saved_too(responses, tmp_path):
    for how in ({"method": "approximate"}, {"objective": "greedy"}):
        made = encoding_manifold(responses, **how, **FEW)
        made.save(tmp_path)
        assert fingerprint(EncodingManifold.load(tmp_path)) == fingerprint(made)


def test_two_runs_with_the_same_seed_give_identical_files(manifold, responses, tmp_path):
    manifold.save(tmp_path / "first")
    encoding_manifold(responses.copy(), **FEW).save(tmp_path / "second")
    assert hashes(tmp_path / "first") == hashes(tmp_path / "second")


SCRIPT = """
import sys
import numpy as np, torch
torch.set_num_threads(int(sys.argv[1]))
from encoding_population import FEW, population
from napari_nfm.analysis import encoding_manifold
encoding_manifold(population(), **FEW).save(sys.argv[2])
"""


def test_one_thread_and_two_give_the_same_picture(tmp_path):
    manifolds = []
    for threads in ("1", "2"):
        names = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
        folder = tmp_path / threads
        done = subprocess.run(
            [sys.executable, "-c", SCRIPT, threads, str(folder)],
            env=os.environ | dict.fromkeys(names, threads),
            cwd=os.path.dirname(__file__),
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        manifolds.append(EncodingManifold.load(folder))
    one, two = manifolds
    np.testing.assert_array_equal(one.units.index, two.units.index)
    np.testing.assert_array_equal(one.edges, two.edges)
    np.testing.assert_allclose(one.coordinates, two.coordinates, atol=1e-6)
    np.testing.assert_array_equal(one.units["cluster"], two.units["cluster"])


@pytest.mark.parametrize("damage", ["missing", "truncated", "other"])
def test_a_folder_without_a_manifold_is_one_sentence(
    manifold, tmp_path, damage, assert_one_clear_sentence
):
    if damage == "truncated":
        manifold.save(tmp_path)
        path = tmp_path / "manifold.npz"
        path.write_bytes(path.read_bytes()[:-100])
    elif damage == "other":
        from napari_nfm.analysis.archive import write_archive

        write_archive(tmp_path / "manifold.npz", manifold.graph)
    with pytest.raises(ArchiveError) as caught:
        EncodingManifold.load(tmp_path)
    assert_one_clear_sentence(caught.value, tmp_path)


def test_a_place_that_cannot_be_written_is_one_sentence(
    manifold, tmp_path, assert_one_clear_sentence
):
    (tmp_path / "file").write_text("")
    with pytest.raises(AnalysisError) as caught:
        manifold.save(tmp_path / "file" / "m")
    assert_one_clear_sentence(caught.value, "file")
