import numpy as np

from napari_nfm.viewer.map_cache import MapCache
from napari_nfm.viewer.plans import RankedMaps


def ranked(n_bytes):
    return RankedMaps(np.zeros((1, 1, 1, n_bytes // 2), np.float16), np.arange(1))


def test_the_cache_forgets_what_was_seen_longest_ago():
    cache = MapCache(budget=250)
    first, second, third = ranked(100), ranked(100), ranked(100)
    cache.put("first", first)
    cache.put("second", second)
    assert cache.get("first") is first
    cache.put("third", third)
    assert cache.get("second") is None
    assert cache.get("first") is first
    assert len(cache) == 2


def test_one_entry_beyond_the_budget_is_kept():
    cache = MapCache(budget=10)
    cache.put("large", ranked(100))
    assert cache.get("large") is not None
