import io
import os
import zipfile

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from scipy.sparse import csr_array

from napari_nfm.analysis.archive import ArchiveError, fingerprint, read_archive, write_archive
from napari_nfm.analysis.errors import AnalysisError
from napari_nfm.analysis.step_cache import StepCache
from napari_nfm.provenance import Provenance


@pytest.fixture
def values():
    tensor = xr.DataArray(
        np.arange(12.0).reshape(3, 4),
        dims=("unit", "stimulus"),
        coords={
            "stimulus": ["a", "b", "c", "longer"],
            "site": ("unit", np.full(3, "encoder.L8", dtype=object)),
            "scalar": 4.5,
        },
        name="tensor",
        attrs={"source": "somewhere", "sampling": {"seed": 1}},
    )
    return {
        "tensor": tensor,
        "table": pd.DataFrame(
            {"reason": ["silent", "isolated"], "distance": [0.0, np.nan]},
            index=pd.Index([4, 9], name="unit"),
        ),
        "sparse": csr_array(np.diag([1.0, 0.0, 2.0])),
        "plain": (None, True, 3, 0.1, float("inf"), "text", [1, (2,)]),
        "numpy": np.float32(0.5),
        "provenance": Provenance("f", {"rank": 3, "keep": (1, 2)}, {"site": "encoder.L8"}),
    }


def assert_same(one, other):
    assert fingerprint(one) == fingerprint(other)


def test_everything_comes_back(tmp_path, values):
    write_archive(tmp_path / "a.npz", values)
    back = read_archive(tmp_path / "a.npz")
    xr.testing.assert_identical(back["tensor"], values["tensor"])
    pd.testing.assert_frame_equal(back["table"], values["table"])
    np.testing.assert_array_equal(back["sparse"].toarray(), values["sparse"].toarray())
    assert back["plain"] == values["plain"]
    assert back["numpy"] == 0.5
    assert back["provenance"] == values["provenance"]
    assert_same(back, values)


def test_the_same_content_is_the_same_bytes(tmp_path, values):
    for name in "ab":
        write_archive(tmp_path / name, values)
        os.utime(tmp_path / name, (0, 0))
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


@pytest.mark.parametrize(
    "other",
    [
        np.arange(6.0).reshape(2, 3) + 1e-15 * np.eye(2, 3),
        np.arange(6.0).reshape(3, 2),
        np.arange(6).reshape(2, 3),
        np.arange(6.0).reshape(2, 3).tolist(),
    ],
)
def test_a_fingerprint_sees_values_shape_and_type(other):
    array = np.arange(6.0).reshape(2, 3)
    assert fingerprint(array) == fingerprint(np.asfortranarray(array))
    assert fingerprint(array) != fingerprint(other)


def test_objects_are_refused(tmp_path):
    with pytest.raises(TypeError, match="objects"):
        write_archive(tmp_path / "a.npz", np.array([{}, []], dtype=object))
    with pytest.raises(TypeError, match="Thread"):
        fingerprint(type("Thread", (), {})())


def flip_a_byte(path):
    content = bytearray(path.read_bytes())
    with zipfile.ZipFile(path) as file:
        first = file.infolist()[0]
    content[first.header_offset + 200] ^= 1
    path.write_bytes(content)


def saved(save, *arguments, **arrays):
    file = io.BytesIO()
    save(file, *arguments, **arrays)
    return file.getvalue()


DAMAGES = {
    "truncated": lambda path: path.write_bytes(path.read_bytes()[:-50]),
    "empty": lambda path: path.write_bytes(b""),
    "text": lambda path: path.write_text("not a result"),
    "flipped": flip_a_byte,
    "pickled": lambda path: path.write_bytes(saved(np.save, np.array([{}], dtype=object))),
    "folder": lambda path: (path.unlink(), path.mkdir()),
    "foreign": lambda path: path.write_bytes(saved(np.savez, a=np.ones(3))),
    "foreign class": lambda path: path.write_bytes(
        saved(np.savez, structure=np.frombuffer(b'{"result": ["Popen"]}', np.uint8))
    ),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_file_is_refused_and_a_damaged_step_computed_again(
    tmp_path, damage, assert_one_clear_sentence
):
    cache = StepCache(tmp_path)
    cache.step("graph", lambda: np.arange(40.0), "key")
    (path,) = tmp_path.iterdir()
    DAMAGES[damage](path)
    with pytest.raises(ArchiveError) as caught:
        read_archive(path)
    assert_one_clear_sentence(caught.value, path)
    if damage == "folder":
        with pytest.warns(UserWarning, match="not kept"):
            again = cache.step("graph", lambda: np.arange(41.0), "key")
    else:
        again = cache.step("graph", lambda: np.arange(41.0), "key")
        np.testing.assert_array_equal(read_archive(path), np.arange(41.0))
    np.testing.assert_array_equal(again, np.arange(41.0))


def test_a_missing_file_is_one_sentence(tmp_path, assert_one_clear_sentence):
    with pytest.raises(ArchiveError) as caught:
        read_archive(tmp_path / "gone.npz")
    assert_one_clear_sentence(caught.value, "gone.npz", "not there")


def test_a_step_is_computed_once_for_the_same_inputs(tmp_path):
    calls = []

    def compute(number):
        return StepCache(tmp_path / "cache").step(
            "square", lambda: calls.append(number) or number**2, number
        )

    assert [compute(3), compute(4), compute(3)] == [9, 16, 9]
    assert calls == [3, 4]


def test_without_a_folder_nothing_is_kept(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    calls = []
    for _ in range(2):
        StepCache(None).step("square", lambda: calls.append(1))
    assert len(calls) == 2
    assert list(tmp_path.iterdir()) == []


def test_what_was_used_longest_ago_makes_room(tmp_path):
    cache = StepCache(tmp_path, limit_bytes=30_000)  # three results of 8 kB
    calls = []

    def use(number):
        before = set(tmp_path.iterdir())
        cache.step("a", lambda: calls.append(number) or np.zeros(1000), number)
        for path in set(tmp_path.iterdir()) - before:
            os.utime(path, (0, number))

    for number in (0, 1, 2, 0, 3):
        use(number)
    assert calls == [0, 1, 2, 3]
    assert len(list(tmp_path.iterdir())) == 3
    use(0)
    assert calls == [0, 1, 2, 3]  # used since, so it was kept
    use(1)
    assert calls == [0, 1, 2, 3, 1]


def test_a_folder_that_cannot_be_is_one_sentence(tmp_path, assert_one_clear_sentence):
    (tmp_path / "file").write_text("")
    with pytest.raises(AnalysisError) as caught:
        StepCache(tmp_path / "file" / "cache")
    assert_one_clear_sentence(caught.value, "file", "cache")
