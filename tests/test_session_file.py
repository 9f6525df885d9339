"""Sessions go into one file and come back, here or elsewhere."""

import json
import shutil
import zipfile
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from napari_nfm import session_file
from napari_nfm.jobs import Cancelled
from napari_nfm.saved_session import SavedSession
from napari_nfm.session import Session
from napari_nfm.session_file import SessionFileError, is_session, read_session, write_session
from napari_nfm.session_sources import find_sources, restore
from napari_nfm.site_results import BY_SITE, OF_ALL_SITES

SITES = ("encoder.L1", "output")


@pytest.fixture(scope="module")
def responses():
    """Tuned units on a ring of directions, each with a favourite of four stimuli."""
    rng = np.random.default_rng(0)
    preferred = np.linspace(0, 8, 40, endpoint=False)
    tuned = np.exp(2 * np.cos(2 * np.pi * (np.arange(8) - preferred[:, None]) / 8))
    course = np.exp(-0.5 * ((np.arange(10) - 5) / 2) ** 2)
    values = np.einsum("ns,nd,t->nsdt", 0.2 + rng.dirichlet(np.ones(4), 40), tuned, course)
    return xr.DataArray(
        values * rng.uniform(0.95, 1.05, values.shape),
        dims=("unit", "category", "direction", "time"),
        coords={"category": list("abcd"), "direction": np.arange(8) * 45.0},
        attrs={"source": "retina.npy"},
    )


@pytest.fixture(scope="module")
def origin(tmp_path_factory, responses):
    """A folder with a checkpoint, a recording and a session of both, with all there can be."""
    from napari_nfm.analysis import (
        choose_rank,
        compare_subpopulation,
        decoding_accuracy,
        decoding_trajectories,
        encoding_manifold,
        encoding_tensor,
        permuted_cp,
        removal_sweep,
        score_sites,
        tubularity,
        tubularity_sensitivity,
    )
    from napari_nfm.fnn import list_scans, load_twin, write_seeded_checkpoint
    from napari_nfm.recording import Sampling, record, sample_units
    from napari_nfm.stimuli import open_stimuli

    folder = tmp_path_factory.mktemp("origin")
    twin = load_twin(write_seeded_checkpoint(folder / "twin", units=20), device="cpu")
    stimuli = open_stimuli("full-field-steps")
    sampling = Sampling(maps=2, units_per_map=4)
    recording = record(twin, stimuli, SITES, folder / "recording.zarr", sampling=sampling)
    session = Session(twin=twin, scans=list_scans(twin.source))
    session.use_stimuli(stimuli)
    recorded = {
        site: sample_units(recording, site, maps=2, units_per_map=4, seed=sampling.seed)
        for site in SITES
    }
    session.take_recording(recording, recorded)
    session.add_population("retina", responses)
    session.add_result("output", decoding_trajectories(recorded["output"]))
    session.add_manifold("retina", encoding_manifold(responses, rank=2, n_starts=1))
    tensor = encoding_tensor(responses, spatial_frequency="all")
    fits = {rank: permuted_cp(tensor, rank, n_starts=2) for rank in (1, 2)}
    session.add_rank_choice("retina", choose_rank(fits))
    session.scores = {"retina": tubularity(responses, n_bootstrap=3)}
    session.accuracies = {("retina", "knn"): decoding_accuracy(responses, classifier="knn")}
    session.comparisons = {"retina": compare_subpopulation(responses, range(12))}
    session.removals = {
        "retina": removal_sweep(responses, np.arange(40), shares=(0, 0.2), n_random=2)
    }
    session.take_scorecard(score_sites({"retina": responses}, n_bootstrap=2), session.responses)
    session.take_sensitivity(
        tubularity_sensitivity({"retina": responses}, n_bins=(10,)), {"retina": responses}
    )
    session.look.colour_by = "osi"
    session.selection.site = "retina"
    session.selection.channels = (1, 3)
    session.selection.frame = 4
    session.selection.units = (2, 7)
    return folder, session


@pytest.fixture
def moved(origin, tmp_path):
    """The whole folder at another place, as on another machine, and the session's file in it."""
    folder, session = origin
    write_session(folder / "today.nfm", SavedSession.of(session, {"camera": {"zoom": 2.5}}))
    there = tmp_path / "elsewhere"
    shutil.copytree(folder, there)
    (folder / "today.nfm").unlink()
    return there


@pytest.fixture
def hidden(origin, moved):  # noqa: ARG001 moved first
    """Take away what the session was made from, where it was."""
    folder, _ = origin
    away = folder.with_name("away")
    folder.rename(away)
    yield
    away.rename(folder)


def come_back(path):
    saved = read_session(path)
    sources = find_sources(saved, device="cpu")
    session = Session()
    restore(session, saved, sources)
    return session, saved, sources


@pytest.mark.usefixtures("hidden")
def test_a_session_comes_back_whole_at_another_place(origin, moved):
    _, before = origin
    session, saved, sources = come_back(moved / "today.nfm")
    assert sources.missing == ()
    assert sources.sentence == "The session is restored."
    assert session.twin.fingerprint == before.twin.fingerprint
    assert session.twin.source == moved / "twin"
    assert len(session.scans) == 1
    assert session.stimuli.fingerprint == before.stimuli.fingerprint
    assert session.recording.path == moved / "recording.zarr"
    assert session.populations == {"retina"}
    assert list(session.responses) == list(before.responses)
    for site, tensor in before.responses.items():
        xr.testing.assert_identical(session.responses[site], tensor)
    assert session.selection.units == (2, 7)
    assert (session.selection.site, session.selection.channels) == ("retina", (1, 3))
    assert session.selection.frame == 4
    assert session.sequence == before.sequence
    assert session.look.colour_by == "osi"
    assert saved.window == {"camera": {"zoom": 2.5}}


def test_results_come_back_to_the_last_bit(origin, moved):
    from napari_nfm.analysis.archive import fingerprint

    _, before = origin
    session, _, _ = come_back(moved / "today.nfm")
    n_results = 0
    for name in (*BY_SITE, *OF_ALL_SITES):
        known, found = getattr(before, name), getattr(session, name)
        if name in OF_ALL_SITES:
            known, found = {None: known}, {None: found}
        assert list(found) == list(known)
        for key, result in known.items():
            assert fingerprint(found[key]) == fingerprint(result), (name, key)
            assert found[key].provenance == result.provenance
            n_results += 1
    assert n_results == len(BY_SITE) + len(OF_ALL_SITES)
    assert session.outdated == before.outdated == {"sensitivity"}


@pytest.mark.usefixtures("hidden")
def test_without_its_sources_the_rest_is_restored_and_one_sentence_says_so(origin, moved):
    _, before = origin
    for part in ("twin", "recording.zarr"):
        shutil.rmtree(moved / part)
    session, _, sources = come_back(moved / "today.nfm")
    assert session.twin is None
    assert session.recording is None
    assert session.stimuli is not None
    assert set(session.responses) == set(before.responses)
    assert session.selection.units == (2, 7)
    assert "the network (" in sources.sentence
    assert "the recording (" in sources.sentence
    assert "recording.zarr is not there" in sources.sentence
    assert sources.sentence.startswith("The session is restored without ")
    assert sources.sentence.count(". ") == 0


@pytest.mark.usefixtures("hidden")
def test_a_network_is_found_by_its_weights_wherever_it_is(moved, monkeypatch):
    from napari_nfm.fnn import kept

    (moved / "twin").rename(moved / "downloaded")
    monkeypatch.setattr(kept, "cache_directory", lambda: moved)
    session, _, sources = come_back(moved / "today.nfm")
    assert sources.missing == ()
    assert session.twin.source == moved / "downloaded"


@pytest.mark.usefixtures("hidden")
def test_other_weights_and_another_recording_are_not_taken(origin, moved):
    from napari_nfm.fnn import write_seeded_checkpoint

    shutil.rmtree(moved / "twin")
    write_seeded_checkpoint(moved / "twin", units=20, seed=5)
    root = moved / "recording.zarr" / "zarr.json"
    described = root.read_text(encoding="utf-8")
    fingerprint = origin[1].twin.fingerprint
    assert fingerprint in described
    root.write_text(described.replace(fingerprint, "0" * 64), encoding="utf-8")
    session, _, sources = come_back(moved / "today.nfm")
    assert session.twin is None
    assert session.recording is None
    assert "other weights" in sources.sentence
    assert "of another network" in sources.sentence


def test_stimuli_that_a_script_made_are_named(origin, tmp_path):
    _, before = origin
    session = before.snapshot()
    session.stimuli = replace(session.stimuli, source=None)
    path = write_session(tmp_path / "scripted", SavedSession.of(session))
    back, _, sources = come_back(path)
    assert back.stimuli is None
    assert "made by a script" in sources.sentence


def test_an_empty_session_comes_back_empty(tmp_path):
    path = write_session(tmp_path / "empty.nfm", SavedSession.of(Session()))
    session, saved, sources = come_back(path)
    assert saved == SavedSession(
        computed={name: {} for name in BY_SITE},
        selection=saved.selection,
        look=saved.look,
    )
    assert saved.selection["units"] == ()
    assert saved.look["axes"] == (0, 1, 2)
    assert sources.missing == ()
    assert session.responses == {}


def test_the_same_session_is_the_same_bytes(origin, tmp_path):
    _, session = origin
    first, second = (
        write_session(tmp_path / name, SavedSession.of(session)) for name in ("a.nfm", "b.nfm")
    )
    assert first.read_bytes() == second.read_bytes()


def test_the_contents_can_be_read_by_anybody(moved):
    with zipfile.ZipFile(moved / "today.nfm") as opened:
        assert opened.testzip() is None
        contents = json.loads(opened.read("session.json"))
        names = opened.namelist()
    assert contents["format"] == "napari-nfm session"
    assert contents["version"] == 1
    assert contents["recording"]["relative path"] == "recording.zarr"
    member = contents["responses"]["output"]
    assert member in names
    with zipfile.ZipFile(moved / "today.nfm") as opened, opened.open(member) as file:
        arrays = np.load(file, allow_pickle=False)
        assert any(arrays[name].ndim == 4 for name in arrays.files)


def rewrite(path, change=lambda _: None, drop=()):
    """Write the file again, with other contents."""
    with zipfile.ZipFile(path) as opened:
        members = {name: opened.read(name) for name in opened.namelist() if name not in drop}
    contents = json.loads(members["session.json"])
    change(contents)
    members["session.json"] = json.dumps(contents).encode()
    with zipfile.ZipFile(path, "w") as opened:
        for name, content in members.items():
            opened.writestr(name, content)


def test_a_damaged_result_is_left_out_and_named(moved):
    with zipfile.ZipFile(moved / "today.nfm") as opened:
        contents = json.loads(opened.read("session.json"))
    (manifold,) = (e["member"] for e in contents["computed"] if e["field"] == "manifolds")
    rewrite(moved / "today.nfm", drop=(manifold,))
    session, saved, sources = come_back(moved / "today.nfm")
    assert session.manifolds == {}
    assert set(session.scores) == {"retina"}
    assert saved.missing == ("manifolds that are damaged in the file",)
    assert "manifolds" in sources.sentence


@pytest.mark.parametrize("place", [0, 0.1, 0.5])
def test_a_result_that_cannot_be_unpacked_is_left_out_and_named(moved, place):
    path = moved / "today.nfm"
    with zipfile.ZipFile(path) as opened:
        contents = json.loads(opened.read("session.json"))
        (name,) = (e["member"] for e in contents["computed"] if e["field"] == "manifolds")
        member = opened.getinfo(name)
    content = bytearray(path.read_bytes())
    first = member.header_offset + 30 + len(name) + round(place * member.compress_size)
    content[first : first + 20] = b"\xff" * 20
    path.write_bytes(content)
    session, saved, _ = come_back(path)
    assert session.manifolds == {}
    assert set(session.scores) == {"retina"}
    assert saved.missing == ("manifolds that are damaged in the file",)


@pytest.mark.parametrize(
    ("spoil", "mention"),
    [
        (lambda path: path.unlink(), "not there"),
        (lambda path: path.write_bytes(b"nothing"), "no session"),
        (lambda path: path.write_bytes(path.read_bytes()[:-400]), "damaged"),
        (lambda path: rewrite(path, lambda c: c.update(version=2)), "later format"),
        (lambda path: rewrite(path, lambda c: c.update(format="else")), "damaged"),
        (lambda path: rewrite(path, lambda c: c.pop("responses")), "damaged"),
        (lambda path: rewrite(path, lambda c: c["twin"].update(extra=1)), "damaged"),
        (lambda path: rewrite(path, lambda c: c.update(computed=3)), "damaged"),
    ],
)
def test_what_is_no_session_is_refused_in_one_sentence(
    moved, spoil, mention, assert_one_clear_sentence
):
    spoil(moved / "today.nfm")
    with pytest.raises(SessionFileError) as caught:
        read_session(moved / "today.nfm")
    assert_one_clear_sentence(caught.value, mention, "today.nfm")


def test_nothing_in_a_file_is_ever_run_or_unpacked(moved, tmp_path):
    """A pickle is refused, and a member whose path leads out of the folder stays a member."""
    import io
    import pickle

    class Mischief:
        def __reduce__(self):
            return (tmp_path.joinpath("run").touch, ())

    arrays = io.BytesIO()
    np.savez(arrays, structure=np.array([Mischief()], dtype=object), allow_pickle=True)

    def lead_out(contents):
        contents["responses"]["output"] = "../../out.npz"
        contents["responses"]["encoder.L1"] = "evil.npz"

    rewrite(moved / "today.nfm", lead_out)
    with zipfile.ZipFile(moved / "today.nfm", "a") as opened:
        opened.writestr("../../out.npz", pickle.dumps(Mischief()))
        opened.writestr("evil.npz", arrays.getvalue())
    before = sorted(tmp_path.rglob("*"))
    session, _, _ = come_back(moved / "today.nfm")
    assert set(session.responses) == {"retina"}
    assert sorted(tmp_path.rglob("*")) == before


def test_a_session_is_told_by_its_contents(moved, tmp_path):
    assert is_session(moved / "today.nfm")
    (tmp_path / "other.nfm").write_bytes(b"PK")
    assert not is_session(tmp_path / "other.nfm")
    assert not is_session(tmp_path / "nowhere.nfm")


def test_cancelled_saving_leaves_the_earlier_file(origin, tmp_path):
    _, session = origin
    path = write_session(tmp_path / "kept.nfm", SavedSession.of(Session()))
    before = path.read_bytes()
    with pytest.raises(Cancelled):
        write_session(path, SavedSession.of(session), should_stop=lambda: True)
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_a_folder_that_cannot_be_written_is_one_sentence(tmp_path, assert_one_clear_sentence):
    (tmp_path / "file").touch()
    with pytest.raises(SessionFileError) as caught:
        write_session(tmp_path / "file" / "session.nfm", SavedSession.of(Session()))
    assert_one_clear_sentence(caught.value, "session.nfm")
    assert session_file.SUFFIX == ".nfm"


def test_everything_loaded_and_chosen_comes_back(origin, tmp_path):
    """Every field of a selection but the unit under the mouse, the look, published properties."""
    _, before = origin
    session = before.snapshot()
    stimuli, selection = session.stimuli, session.selection
    selection.site = "output"
    selection.units = (3, 1)
    selection.unit, selection.pinned = 1, (2, 0)
    category, direction = stimuli.categories[-1], stimuli.directions[-1]
    session.choose(category, direction)
    selection.frame = 5
    selection.reference = (stimuli.categories[0], stimuli.directions[0], 0)
    look = session.look
    look.coordinates, look.axes, look.edges = "principal components", (2, 0, 1), True
    session.published = pd.DataFrame(
        {"cc_max": [0.5, np.nan], "area": ["V1", ""]}, index=pd.Index([1, 3], name="readout_id")
    )
    path = write_session(tmp_path / "all.nfm", SavedSession.of(session))
    again, _, sources = come_back(path)
    assert sources.missing == ()
    for name in ("category", "direction", "instance", "frame", "reference", "site"):
        assert getattr(again.selection, name) == getattr(selection, name), name
    assert (again.selection.units, again.selection.unit) == ((3, 1), 1)
    assert again.selection.pinned == (2, 0)
    for name in ("coordinates", "axes", "colour_by", "edges"):
        assert getattr(again.look, name) == getattr(look, name), name
    pd.testing.assert_frame_equal(
        again.published, session.published, check_dtype=False, check_index_type=False
    )


@pytest.mark.parametrize(
    ("part", "values", "title"),
    [
        ("selection", {"units": ["all"]}, "selection"),
        ("selection", {"units": [-1]}, "selection"),
        ("selection", {"frame": 1e300}, "selection"),
        ("selection", {"reference": ["a", 0.0]}, "selection"),
        ("selection", [], "selection"),
        ("look", {"coordinates": "upside down"}, "look"),
        ("look", {"axes": [0, 1]}, "look"),
        ("window", 7, "window"),
    ],
)
def test_a_damaged_choice_is_left_out_and_named(moved, part, values, title):
    rewrite(moved / "today.nfm", lambda contents: contents.update({part: values}))
    session, _, sources = come_back(moved / "today.nfm")
    assert f"without the {title} (damaged in the file)" in sources.sentence
    assert set(session.responses) == {"encoder.L1", "output", "retina"}


def test_what_the_session_does_not_have_is_not_selected(moved):
    wrong = {"site": "retina", "units": [2, 10**6], "unit": 10**6, "pinned": [10**6], "frame": 999}
    rewrite(moved / "today.nfm", lambda contents: contents["selection"].update(wrong))
    session, _, sources = come_back(moved / "today.nfm")
    assert sources.missing == ()
    chosen = session.selection
    assert (chosen.units, chosen.unit, chosen.pinned) == ((2,), None, ())
    assert chosen.frame == session.n_frames - 1


def test_a_site_that_cannot_be_selected_leaves_none_of_the_session_before(moved):
    rewrite(moved / "today.nfm", lambda contents: contents["selection"].update(site="V4"))
    saved = read_session(moved / "today.nfm")
    session = Session()
    session.selection.site, session.selection.channels = "readout", (5,)
    restore(session, saved, find_sources(saved, device="cpu"))
    assert (session.selection.site, session.selection.channels) == (None, ())
    assert session.selection.units == ()


def test_a_result_in_the_place_of_another_kind_is_not_taken(moved):
    def swap(contents):
        for entry in contents["computed"]:
            if entry["field"] == "manifolds":
                entry["member"] = contents["responses"]["output"]

    rewrite(moved / "today.nfm", swap)
    session, _, sources = come_back(moved / "today.nfm")
    assert session.manifolds == {}
    assert "manifolds that are damaged" in sources.sentence
