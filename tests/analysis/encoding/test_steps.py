"""Steps of the encoding manifold: kept, told, and stopped between."""

import pytest
from encoding_population import FEW

from napari_nfm.analysis import encoding_manifold
from napari_nfm.analysis.archive import fingerprint
from napari_nfm.jobs import Cancelled


def steps_of(folder):
    return {path.name.rsplit("-", 1)[0] for path in folder.iterdir()}


def test_another_rank_does_not_redo_what_is_there(responses, manifold, tmp_path, monkeypatch):
    cached = encoding_manifold(responses, cache=tmp_path, **FEW)
    assert fingerprint(cached) == fingerprint(manifold)
    assert steps_of(tmp_path) == {"decomposition", "graph", "diffusion-map", "local-dimension"}
    other = encoding_manifold(responses, rank=3, n_starts=2, cache=tmp_path)
    assert len(other.units.filter(like="factor_").columns) == 3

    def again(*_arguments, **_parameters):
        raise AssertionError("was computed again")

    monkeypatch.setattr("napari_nfm.analysis.permuted.permuted_cp", again)
    monkeypatch.setattr("napari_nfm.analysis.neighbourhoods.ian_graph", again)
    back = encoding_manifold(responses, cache=tmp_path, **FEW)
    assert fingerprint(back) == fingerprint(manifold)
    with pytest.raises(AssertionError, match="again"):
        encoding_manifold(responses * 1.5 + responses.mean("time"), cache=tmp_path, **FEW)


def test_damaged_steps_are_computed_again(responses, manifold, tmp_path):
    encoding_manifold(responses, cache=tmp_path, **FEW)
    for path in tmp_path.iterdir():
        path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    again = encoding_manifold(responses, cache=tmp_path, **FEW)
    assert fingerprint(again) == fingerprint(manifold)


def test_progress_goes_through_all_steps(responses):
    heard = []
    encoding_manifold(
        responses, progress=lambda done, total, words="": heard.append((done, total, words)), **FEW
    )
    done = [entry[0] for entry in heard]
    assert done == sorted(done)
    assert done[0] == 0
    assert done[-1] == heard[-1][1]
    assert len({total for _, total, _ in heard}) == 1
    steps = list(dict.fromkeys(words.split(":")[0] for _, _, words in heard))
    assert steps == [
        *("tensor", "decomposition", "neural matrix", "outliers", "graph"),
        *("diffusion map", "clusters", "local dimension", "units"),
    ]


@pytest.mark.parametrize("step", ["tensor", "decomposition", "graph", "local dimension"])
def test_it_stops_when_asked_and_goes_on_from_the_cache(responses, manifold, tmp_path, step):
    reached = []

    def listen(_done, _total, words=""):
        if words.startswith(step):
            reached.append(words)

    with pytest.raises(Cancelled):
        encoding_manifold(
            responses,
            cache=tmp_path,
            progress=listen,
            should_stop=lambda: bool(reached),
            **FEW,
        )
    assert fingerprint(encoding_manifold(responses, cache=tmp_path, **FEW)) == fingerprint(manifold)
