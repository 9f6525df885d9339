import ctypes
import sys

import pytest

from napari_nfm.fnn import memory


@pytest.fixture(autouse=True)
def _forget():
    memory.keep_freed_memory.cache_clear()
    yield
    memory.keep_freed_memory.cache_clear()


def test_the_c_library_is_asked_once_and_only_on_linux(monkeypatch):
    asked = []

    class Library:
        def __init__(self, name):
            assert name is None

        def mallopt(self, parameter, value):
            asked.append((parameter, value))

    monkeypatch.setattr(ctypes, "CDLL", Library)
    monkeypatch.setattr(sys, "platform", "darwin")
    memory.keep_freed_memory()
    assert asked == []
    memory.keep_freed_memory.cache_clear()
    monkeypatch.setattr(sys, "platform", "linux")
    memory.keep_freed_memory()
    memory.keep_freed_memory()
    assert asked == [
        (memory.M_MMAP_THRESHOLD, memory.KEPT_BYTES),
        (memory.M_TRIM_THRESHOLD, memory.KEPT_BYTES),
    ]


def test_a_c_library_without_mallopt_is_left_alone(monkeypatch):
    monkeypatch.setattr(ctypes, "CDLL", lambda _name: object())
    memory.keep_freed_memory()
