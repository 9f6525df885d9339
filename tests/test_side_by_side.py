import time

import pytest
import torch

from napari_nfm.jobs import Cancelled, check_stop
from napari_nfm.side_by_side import one_thread_each, side_by_side


@pytest.mark.parametrize("players", [1, 2, 5])
def test_results_come_in_order(players):
    assert side_by_side(lambda number, item, _: (number, item), "abc", players) == [
        (0, "a"),
        (1, "b"),
        (2, "c"),
    ]


def test_the_first_failure_stops_the_others():
    begun, stopped = set(), set()

    def work(number, item, stop):
        begun.add(number)
        while len(begun) < 3:
            time.sleep(0.001)
        if number == 0:
            raise ValueError(item)
        while not stop():
            time.sleep(0.001)
        stopped.add(number)

    with pytest.raises(ValueError, match="first"):
        side_by_side(work, ["first", "second", "third"], 3)
    assert stopped == {1, 2}


def test_torch_computes_in_one_thread_each_and_in_as_many_as_before_afterwards():
    before = torch.get_num_threads()
    with one_thread_each():
        assert torch.get_num_threads() == 1
    assert torch.get_num_threads() == before


def test_what_was_not_begun_when_one_failed_is_left():
    begun = []

    def work(number, _item, _stop):
        begun.append(number)
        raise ValueError

    with pytest.raises(ValueError, match=r"^$"):
        side_by_side(work, range(3), 1)
    assert begun == [0]


@pytest.mark.parametrize("players", [1, 2])
def test_all_are_asked_to_stop(players):
    def work(_number, _item, stop):
        check_stop(stop)

    with pytest.raises(Cancelled):
        side_by_side(work, range(3), players, lambda: True)
