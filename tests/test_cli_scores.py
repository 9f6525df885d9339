import json

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from napari_nfm.analysis import score_sites, tubularity
from napari_nfm.cli import main
from napari_nfm.jobs import Cancelled
from napari_nfm.recording import load_responses


def responses(seed, noise=1.0):
    rng = np.random.default_rng(seed)
    means = rng.normal(size=(20, 6, 1, 10)).cumsum(axis=-1)
    return means + noise * rng.normal(size=(20, 6, 8, 10)).cumsum(axis=-1)


@pytest.fixture(scope="module")
def tensors(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tensors")
    paths = {name: folder / f"{name}.npy" for name in ("tight", "loose", "constant")}
    np.save(paths["tight"], responses(0, 0.2))
    np.save(paths["loose"], responses(1))
    np.save(paths["constant"], np.ones((5, 6, 8, 10)))
    return paths


@pytest.fixture(scope="module")
def scored(tensors, tmp_path_factory):
    out = tmp_path_factory.mktemp("out") / "scores"
    command = ["score", *map(str, tensors.values()), "--bootstraps", "3", "--seed", "2"]
    assert main([*command, "--dpi", "60", "--width", "120", "--out", str(out)]) == 0
    return out


def test_tables_are_those_of_the_library(tensors, scored):
    table = pd.read_csv(scored / "scores.csv", keep_default_na=False, na_values=[""])
    loaded = {name: load_responses(path) for name, path in tensors.items()}
    expected = score_sites(loaded, n_bootstrap=3, seed=2)
    pd.testing.assert_frame_equal(
        table.drop(columns="why_not"), expected.table.drop(columns="why_not"), check_dtype=False
    )
    assert table["s_tight"][0] == tubularity(loaded["tight"]).mean_s_tight
    assert "the same for all stimuli" in table["why_not"][2]
    columns = pd.read_csv(scored / "columns.csv")
    for name in ("scores", "bundles", "windows"):
        written = pd.read_csv(scored / f"{name}.csv")
        assert set(columns.loc[columns["table"] == name, "column"]) == set(written)
    alignment = pd.read_csv(scored / "alignment.csv", index_col="site")
    assert list(alignment) == list(alignment.index) == ["tight", "loose"]


def test_the_summary_says_what_was_called_and_holds_the_scores(scored):
    summary = json.loads((scored / "summary.json").read_text(encoding="utf-8"))
    assert summary["parameters"]["n_bootstrap"] == 3
    assert summary["parameters"]["seed"] == 2
    assert [row["site"] for row in summary["sites"]] == ["tight", "loose", "constant"]
    assert summary["sites"][2]["s_tight"] is None
    assert summary["remarks"] == []
    assert len(summary["files"]) == 3


def test_figures_are_written_in_both_formats_at_the_size_asked_for(scored):
    figures = scored / "figures"
    names = ["scores", "accuracy_knn", "confusions_logistic", "radius_01_tight", "radius_02_loose"]
    for name in names:
        assert (figures / f"{name}.svg").read_text(encoding="utf-8").startswith("<?xml")
        with Image.open(figures / f"{name}.png") as image:
            assert image.width == pytest.approx(120 / 25.4 * 60, abs=1)
        assert len((figures / f"{name}.txt").read_text(encoding="utf-8")) > 100
    assert (figures / "scores_published.csv").exists()


def test_the_same_command_gives_the_same_bytes(tensors, tmp_path):
    for name in ("first", "second"):
        command = ["score", str(tensors["tight"]), "--bootstraps", "2", "--classifier", "knn"]
        assert (
            main([*command, "--formats", "png", "svg", "pdf", "--out", str(tmp_path / name)]) == 0
        )
    files = sorted(path.relative_to(tmp_path / "first") for path in (tmp_path / "first").rglob("*"))
    assert len(files) > 15
    for file in files:
        if (tmp_path / "first" / file).is_file():
            first, second = ((tmp_path / name / file).read_bytes() for name in ("first", "second"))
            assert first == second, file


def test_what_is_printed_says_scores_and_reasons(tensors, tmp_path, capsys):
    command = ["score", str(tensors["loose"]), str(tensors["constant"]), "--bootstraps", "2"]
    assert main([*command, "--classifier", "knn", "--no-published", "--out", str(tmp_path)]) == 0
    printed = capsys.readouterr().out
    assert "loose" in printed
    assert "constant: The responses are the same" in printed
    assert f"written to {tmp_path}" in printed
    assert not (tmp_path / "figures" / "scores_published.csv").exists()


def test_nothing_that_could_be_scored_is_exit_code_1_with_the_table_written(tensors, tmp_path):
    assert main(["score", str(tensors["constant"]), "--out", str(tmp_path)]) == 1
    assert len(pd.read_csv(tmp_path / "scores.csv")) == 1


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["nowhere.npy"], "nowhere.npy"),
        (["{tight}", "{tight}"], "twice"),
        (["{tight}", "--bootstraps", "-1"], "n_bootstrap"),
        (["{tight}", "--seed", "-1"], "seed"),
        (["{tight}", "--width", "1"], "width_mm"),
        (["{tight}", "--classifier", "none", "--bootstraps", "0", "--out", "{file}"], "--out"),
    ],
)
def test_errors_are_one_sentence(arguments, words, tensors, tmp_path, capsys):
    file = tmp_path / "file"
    file.write_text("")
    filled = [part.format(file=file, **tensors) for part in arguments]
    if "--out" not in filled:
        filled += ["--out", str(tmp_path / "out")]
    assert main(["score", *filled]) == 1
    message = capsys.readouterr().err.strip().split("\n")[-1]
    assert "napari-nfm: " in message
    assert words in message
    assert not (tmp_path / "out").exists()


def test_a_cancelled_run_writes_nothing(tensors, tmp_path, capsys, monkeypatch):
    def stopped(*_arguments, **_settings):
        raise Cancelled

    monkeypatch.setattr("napari_nfm.analysis.score_sites", stopped)
    out = tmp_path / "out"
    assert main(["score", str(tensors["tight"]), "--out", str(out)]) == 130
    assert "nothing was written" in capsys.readouterr().err
    assert not out.exists()
