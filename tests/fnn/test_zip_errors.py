"""Every way that a zip of a checkpoint can be broken or do harm gives one clear sentence."""

import json
import stat
import zipfile

import pytest

from napari_nfm.fnn.archive import unpack
from napari_nfm.fnn.checkpoint import read_checkpoint
from napari_nfm.fnn.errors import ArchiveError, UnsafeArchiveError

CORE, SCAN = "params_core.pt", "params_8_5.pt"


def member(name, *, link=False, encrypted=False):
    info = zipfile.ZipInfo(name)
    info.filename = name
    if link:
        info.external_attr = (stat.S_IFLNK | 0o777) << 16
    if encrypted:
        info.flag_bits |= 0x1
    return info


def bomb_zip(archive):
    info = member("params_9_9.pt")
    archive.writestr(info, b"")
    info.file_size = 2**40  # the central directory's claim


ZIPS = {
    "parent": (lambda a: a.writestr(member("../evil.txt"), "x"), UnsafeArchiveError, "evil"),
    "absolute": (
        lambda a: a.writestr(member("/tmp/evil.txt"), "x"),
        UnsafeArchiveError,
        "evil",
    ),
    "drive": (lambda a: a.writestr(member("C:\\evil.txt"), "x"), UnsafeArchiveError, "evil"),
    "backslash": (
        lambda a: a.writestr(member("a\\..\\..\\e"), "x"),
        UnsafeArchiveError,
        "a",
    ),
    "link": (
        lambda a: a.writestr(member("params_1_1.pt", link=True), "/etc/passwd"),
        UnsafeArchiveError,
        "params_1_1.pt",
    ),
    "bomb": (bomb_zip, UnsafeArchiveError, "1,099.5 GB"),
    "two checkpoints": (lambda a: a.writestr("b/params_core.pt", b""), ArchiveError, CORE),
}


@pytest.mark.parametrize("kind", ZIPS)
def test_zip_that_would_do_harm(kind, folder, tmp_path, assert_one_clear_sentence):
    add, expected, mention = ZIPS[kind]
    path = tmp_path / "published.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for file in folder.iterdir():
            archive.write(file, file.name)
        add(archive)
    (tmp_path / "out").mkdir()
    before = sorted(tmp_path.rglob("*"))
    for attempt in (read_checkpoint, lambda source: unpack(source, tmp_path / "out")):
        with pytest.raises(ArchiveError) as caught:
            attempt(path)
        assert type(caught.value) is expected
        assert_one_clear_sentence(caught.value, "published.zip", mention)
    assert sorted(tmp_path.rglob("*")) == before


def test_damaged_and_false_zips(folder, tmp_path, assert_one_clear_sentence):
    path = tmp_path / "published.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for file in folder.iterdir():
            archive.write(file, file.name)
        offset = archive.getinfo(CORE).header_offset
    data = path.read_bytes()
    damaged = bytearray(data)
    damaged[offset + 5000] ^= 0xFF
    broken = {"a text": b"hello", "cut": data[:-3000], "damaged": bytes(damaged)}
    for content in broken.values():
        path.write_bytes(content)
        (tmp_path / "out").mkdir(exist_ok=True)
        for attempt in (read_checkpoint, lambda source: unpack(source, tmp_path / "out")):
            with pytest.raises(ArchiveError) as caught:
                attempt(path)
            assert_one_clear_sentence(caught.value, "published.zip")


@pytest.mark.parametrize("compression", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
@pytest.mark.parametrize("name", [CORE, SCAN, "scans.csv", "units.csv", "config.json"])
def test_any_damaged_member_is_named(
    name, compression, folder, tmp_path, assert_one_clear_sentence
):
    (folder / "config.json").write_text(json.dumps({"name": "x" * 100, "note": ""}))
    path = tmp_path / "published.zip"
    with zipfile.ZipFile(path, "w", compression) as archive:
        for file in folder.iterdir():
            archive.write(file, file.name)
        info = archive.getinfo(name)
    data = bytearray(path.read_bytes())
    middle = info.header_offset + 30 + len(name) + info.compress_size // 2
    data[middle] ^= 0xFF
    path.write_bytes(bytes(data))
    (tmp_path / "out").mkdir()
    for attempt in (read_checkpoint, lambda source: unpack(source, tmp_path / "out")):
        with pytest.raises(ArchiveError) as caught:
            attempt(path)
        assert_one_clear_sentence(caught.value, "published.zip", name)
