"""The download against a server of our own on 127.0.0.1; no test reaches further."""

import hashlib
import re
import shutil
import threading
import zipfile
from collections import namedtuple
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from napari_nfm.fnn import download, download_microns, errors, load_twin
from napari_nfm.jobs import Cancelled

CHUNK = 4096


class Server:
    """Serves one zip, and can misbehave in the ways that servers do."""

    def __init__(self, content):
        self.content = content
        self.ranges = True
        self.break_after = None  # bytes of one answer
        self.status = None
        self.requests = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                outer.answer(self)

            def log_message(self, *_):
                pass

        self._http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.01,), daemon=True)
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._http.server_port}/published_v1.zip"

    def answer(self, handler):
        asked = handler.headers.get("Range")
        self.requests.append(asked)
        if self.status:
            handler.send_error(self.status)
            return
        start = int(re.fullmatch(r"bytes=(\d+)-", asked)[1]) if asked and self.ranges else 0
        if start >= len(self.content):
            handler.send_response(416)
            handler.send_header("Content-Range", f"bytes */{len(self.content)}")
            handler.send_header("Content-Length", "0")
            handler.end_headers()
            return
        body = self.content[start:]
        handler.send_response(206 if asked and self.ranges else 200)
        if asked and self.ranges:
            last = len(self.content) - 1
            handler.send_header("Content-Range", f"bytes {start}-{last}/{last + 1}")
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body[: self.break_after])

    def close(self):
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()


@pytest.fixture
def published(data_directory, tmp_path):
    path = tmp_path / "made" / "published_v1.zip"
    path.parent.mkdir()
    with zipfile.ZipFile(path, "w") as archive:
        for file in sorted((data_directory / "fnn" / "tiny_checkpoint").iterdir()):
            archive.write(file, file.name)
    return path


@pytest.fixture
def server(published, monkeypatch):
    server = Server(published.read_bytes())
    release = download._Release(
        url=server.url,
        md5=hashlib.md5(server.content).hexdigest(),
        zip_bytes=len(server.content),
        unpacked_bytes=len(server.content),
        folder="release_v1",
    )
    monkeypatch.setattr(download, "_MICRONS", release)
    monkeypatch.setattr(download, "_CHUNK", CHUNK)
    yield server
    server.close()


@pytest.fixture
def cache(tmp_path):
    return tmp_path / "cache"


def part(cache):
    return cache / "published_v1.zip.part"


def test_download_then_offline(server, cache):
    reports = []
    path = download_microns(cache, progress=lambda *args: reports.append(args))
    assert path == cache / "release_v1"
    assert load_twin(path, device="cpu").name == "session 8, scan 5"
    assert [entry.name for entry in cache.iterdir()] == ["release_v1"]  # no zip, no temporary

    size = len(server.content)
    fetched = [r for r in reports if "downloading published_v1.zip" in r[2]]
    assert [done for done, _, _ in fetched] == [*range(CHUNK, size, CHUNK), size]
    assert {total for _, total, _ in fetched} == {size}
    unpacked = [r for r in reports if "unpacking" in r[2]]
    assert unpacked[-1][0] == unpacked[-1][1]

    n_requests = len(server.requests)
    assert download_microns(cache) == path
    assert len(server.requests) == n_requests


@pytest.mark.usefixtures("server")
def test_default_place_is_the_users_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "home"))
    path = download_microns()
    assert tmp_path / "home" in path.parents
    assert "napari-nfm" in str(path)


@pytest.mark.usefixtures("server")
def test_deleted_file_is_fetched_again_and_others_stay(cache):
    path = download_microns(cache)
    (path / "params_4_7.pt").unlink()
    (path / "my_notes.txt").write_text("mine")
    assert download_microns(cache) == path
    assert (path / "params_4_7.pt").is_file()
    assert (path / "my_notes.txt").read_text() == "mine"


def test_broken_connection_then_resume(server, cache, assert_one_clear_sentence):
    half = len(server.content) // 2 // CHUNK * CHUNK
    server.break_after = half
    with pytest.raises(errors.DownloadError) as caught:
        download_microns(cache)
    assert_one_clear_sentence(caught.value, server.url, "broke off", "continue")
    kept = part(cache).stat().st_size
    assert 0 < kept <= half

    server.break_after = None
    reports = []
    path = download_microns(cache, progress=lambda *args: reports.append(args))
    assert server.requests == [None, f"bytes={kept}-"]
    assert reports[0][0] == kept + CHUNK
    assert reports[0][1] == len(server.content)
    assert load_twin(path, device="cpu").name == "session 8, scan 5"
    assert not part(cache).exists()


def test_cancel_then_resume(server, cache):
    seen = []
    with pytest.raises(Cancelled):
        download_microns(
            cache,
            progress=lambda done, *_: seen.append(done),
            should_stop=lambda: len(seen) >= 5,
        )
    assert part(cache).stat().st_size == 5 * CHUNK
    assert not (cache / "release_v1").exists()
    assert download_microns(cache).is_dir()
    assert server.requests == [None, f"bytes={5 * CHUNK}-"]


def test_cancel_while_unpacking_leaves_no_folder(server, cache):
    unpacking = []
    with pytest.raises(Cancelled):
        download_microns(
            cache,
            progress=lambda _done, _total, message: unpacking.append("unpack" in message),
            should_stop=lambda: any(unpacking),
        )
    assert [path.name for path in cache.iterdir()] == ["published_v1.zip"]
    n_requests = len(server.requests)
    assert download_microns(cache).is_dir()
    assert len(server.requests) == n_requests  # the zip was there and whole


def test_server_without_ranges_starts_over(server, cache):
    cache.mkdir()
    part(cache).write_bytes(server.content[:5000])
    server.ranges = False
    assert load_twin(download_microns(cache), device="cpu").name == "session 8, scan 5"
    assert server.requests == ["bytes=5000-"]


@pytest.mark.parametrize(
    ("extra", "requests"), [(b"", 1), (b"too much", 2)], ids=["whole", "too long"]
)
def test_part_that_needs_nothing_more(server, cache, extra, requests):
    cache.mkdir()
    part(cache).write_bytes(server.content + extra)
    assert download_microns(cache).is_dir()
    assert len(server.requests) == requests


def test_wrong_file_is_not_kept(server, cache, assert_one_clear_sentence):
    cache.mkdir()
    part(cache).write_bytes(b"of another release")
    with pytest.raises(errors.ChecksumError) as caught:
        download_microns(cache)
    assert_one_clear_sentence(caught.value, server.url, download._MICRONS.md5, "as source")
    assert list(cache.iterdir()) == []
    assert download_microns(cache).is_dir()


@pytest.mark.parametrize("status", [404, 503])
def test_server_that_refuses(server, cache, status, assert_one_clear_sentence):
    server.status = status
    with pytest.raises(errors.DownloadError) as caught:
        download_microns(cache)
    assert_one_clear_sentence(caught.value, server.url, status, "as source")


def test_no_server(server, cache, monkeypatch, assert_one_clear_sentence):
    server.close()
    with pytest.raises(errors.DownloadError) as caught:
        download_microns(cache)
    assert_one_clear_sentence(caught.value, server.url, "no connection")
    monkeypatch.setattr(server, "close", lambda: None)


def test_real_url_fits_into_one_sentence(cache, monkeypatch, assert_one_clear_sentence):
    import requests

    def unplugged(*_args, **_kwargs):
        raise requests.ConnectionError

    monkeypatch.setattr(requests, "get", unplugged)
    with pytest.raises(errors.DownloadError) as caught:
        download_microns(cache)
    assert_one_clear_sentence(caught.value, "https://bossdb-open-data.s3.amazonaws.com")


def test_published_release():
    release = download._MICRONS
    assert release.md5 == "58fcac4b31ad2902c81e339432cec787"
    assert release.file_name == "foundational_model_weights_and_metadata_v1.zip"


def test_full_disk(server, cache, monkeypatch, assert_one_clear_sentence):
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage(10**12, 10**12 - 10**5, 10**5))
    with pytest.raises(errors.DiskSpaceError) as caught:
        download_microns(cache)
    assert_one_clear_sentence(caught.value, cache, "GB", "free some space")
    assert server.requests == []


def test_part_counts_as_used_disk(server, cache, monkeypatch):
    cache.mkdir()
    part(cache).write_bytes(server.content[:100_000])
    usage = namedtuple("usage", "total used free")
    enough = 2 * len(server.content) - 100_000
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage(10**12, 0, enough))
    assert download_microns(cache).is_dir()


@pytest.mark.usefixtures("server")
def test_directory_that_is_a_file(tmp_path, assert_one_clear_sentence):
    (tmp_path / "taken").write_text("")
    with pytest.raises(errors.DownloadError) as caught:
        download_microns(tmp_path / "taken" / "below")
    assert_one_clear_sentence(caught.value, tmp_path / "taken")


def test_local_folder_is_used_where_it_lies(server, cache, data_directory, tmp_path):
    folder = data_directory / "fnn" / "tiny_checkpoint"
    assert download_microns(cache, source=folder) == folder
    shutil.copytree(folder, tmp_path / "outer" / "inner")
    assert download_microns(cache, source=tmp_path / "outer") == tmp_path / "outer" / "inner"
    assert server.requests == []
    assert not cache.exists()


def test_published_zip_fetched_by_hand(server, cache, published):
    path = download_microns(cache, source=published)
    assert path == cache / "release_v1"
    assert download_microns(cache) == path
    assert published.is_file()
    assert server.requests == []


@pytest.mark.usefixtures("server")
def test_other_zips_do_not_pass_for_the_published(cache, tmp_path, data_directory):
    paths = []
    for note in ("one", "two"):
        path = tmp_path / "mine.zip"
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("release/README.md", note)
            for file in (data_directory / "fnn" / "tiny_checkpoint").iterdir():
                archive.write(file, f"release/{file.name}")
        paths.append(download_microns(cache, source=path))
        assert load_twin(paths[-1], device="cpu").name == "session 8, scan 5"
        assert not (paths[-1] / "README.md").exists()
    assert len(set(paths)) == 2
    assert cache / "release_v1" not in paths


@pytest.mark.usefixtures("server")
@pytest.mark.parametrize("name", ["nothing.zip", "text.zip", "other.zip", "empty"])
def test_source_that_is_no_checkpoint(cache, tmp_path, name, assert_one_clear_sentence):
    (tmp_path / "text.zip").write_text("hello")
    (tmp_path / "empty").mkdir()
    with zipfile.ZipFile(tmp_path / "other.zip", "w") as archive:
        archive.writestr("a.txt", "x")
    with pytest.raises(errors.CheckpointError) as caught:
        download_microns(cache, source=tmp_path / name)
    assert_one_clear_sentence(caught.value, tmp_path / name)
    assert not cache.exists() or list(cache.iterdir()) == []
