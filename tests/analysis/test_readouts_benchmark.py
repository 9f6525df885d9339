"""The slow side of the decoding benchmark is the study's way, and both sides do the same work."""

from pathlib import Path

import numpy as np
import pytest

BENCHMARKS = Path(__file__).resolve().parents[2] / "benchmarks"


@pytest.fixture(autouse=True)
def _benchmarks_importable(monkeypatch):
    monkeypatch.syspath_prepend(str(BENCHMARKS))


def test_the_port_decodes_as_the_study(data_directory, monkeypatch):
    import readouts_sides

    with np.load(data_directory / "analysis" / "decoding_accuracy.npz", allow_pickle=False) as file:
        golden = dict(file)
    monkeypatch.setattr(readouts_sides, "responses", lambda _: golden["tensor4d"].astype(float))
    side = readouts_sides.ReferenceSide()
    frames = (4, 30)
    for classifier, name, tolerance in (("knn", "knn_{}", 1e-9), ("logistic", "lr_{}_mean", 5e-3)):
        found = side.decode(60, classifier, frames)
        for accuracies, way in zip(found, ("inc", "dec"), strict=True):
            expected = golden[name.format(way)][list(frames)]
            np.testing.assert_allclose(accuracies, expected, atol=tolerance)


def test_both_sides_agree():
    from readouts_sides import OurSide, ReferenceSide

    frames = (10, 36)
    whole = OurSide().decode(30, "knn")
    some = ReferenceSide().decode(30, "knn", frames)
    for ours, theirs in zip(whole, some, strict=True):
        np.testing.assert_allclose(ours[list(frames)], theirs, atol=1e-12)
