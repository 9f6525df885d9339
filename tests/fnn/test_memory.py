import ctypes
import subprocess
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
    memory.return_freed_memory()


@pytest.mark.skipif(sys.platform != "linux", reason="memory of a process as Linux tells it")
def test_memory_below_a_block_in_use_is_returned():
    if not hasattr(ctypes.CDLL(None), "malloc_trim"):
        pytest.skip("not glibc")
    script = """
import ctypes
import psutil
from napari_nfm.fnn.memory import keep_freed_memory, return_freed_memory

def resident():
    return psutil.Process().memory_info().rss / 1e6

keep_freed_memory()
library = ctypes.CDLL(None)
library.malloc.restype, library.malloc.argtypes = ctypes.c_void_p, [ctypes.c_size_t]
library.free.argtypes = [ctypes.c_void_p]
blocks = [library.malloc(10**6) for _ in range(100)]
for block in blocks:
    ctypes.memset(block, 1, 10**6)
for block in blocks[:-1]:
    library.free(block)
before = resident()
return_freed_memory()
print(before - resident())
"""
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert float(done.stdout) > 80
