import ctypes
import sys

import pytest

from napari_nfm.fnn import memory


@pytest.fixture(autouse=True)
def _forget():
    memory.keep_freed_memory.cache_clear()
    yield
    memory.keep_freed_memory.cache_clear()


@pytest.mark.parametrize("largest", [1 << 40, 1 << 25])
def test_the_c_library_is_asked_once_and_only_on_linux(monkeypatch, largest):
    accepted = {}

    class Library:
        def __init__(self, name):
            assert name is None

        def mallopt(self, parameter, value):
            assert parameter not in accepted
            if parameter == memory.M_MMAP_THRESHOLD and value > largest:
                return 0
            accepted[parameter] = value
            return 1

    monkeypatch.setattr(ctypes, "CDLL", Library)
    monkeypatch.setattr(sys, "platform", "darwin")
    memory.keep_freed_memory()
    assert accepted == {}
    memory.keep_freed_memory.cache_clear()
    monkeypatch.setattr(sys, "platform", "linux")
    memory.keep_freed_memory()
    memory.keep_freed_memory()
    assert accepted == {
        memory.M_MMAP_THRESHOLD: min(largest, memory.KEPT_BYTES),
        memory.M_TRIM_THRESHOLD: memory.KEPT_BYTES,
        memory.M_ARENA_MAX: 1,
    }


def test_a_c_library_without_mallopt_is_left_alone(monkeypatch):
    monkeypatch.setattr(ctypes, "CDLL", lambda _name: object())
    memory.keep_freed_memory()
