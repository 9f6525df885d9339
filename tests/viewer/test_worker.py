import os
import sys
import threading
import time
import types

import pytest
from qtpy.QtCore import QObject

from napari_nfm.errors import NeuralFoundationModelError
from napari_nfm.jobs import Cancelled, check_stop, report
from napari_nfm.viewer import worker
from napari_nfm.viewer.worker import NICENESS, Job, JobProgress, _yield_to_the_window, describe


class Listener(QObject):
    def __init__(self, job):
        super().__init__()
        self.heard = []
        self.threads = set()
        job.done.connect(self.hear_done)
        job.cancelled.connect(self.hear_cancelled)
        job.failed.connect(self.hear_failed)
        job.finished.connect(self.hear_finished)

    def hear(self, what):
        self.threads.add(threading.current_thread())
        self.heard.append(what)

    def hear_done(self, result):
        self.hear(("done", result))

    def hear_cancelled(self):
        self.hear("cancelled")

    def hear_failed(self, error):
        self.hear(("failed", error))

    def hear_finished(self):
        self.hear("finished")


@pytest.fixture
def owner(qapp):  # noqa: ARG001
    return QObject()


def run(job, qtbot):
    listener = Listener(job)
    with qtbot.waitSignal(job.finished, timeout=5000):
        job.start()
    return listener


def test_a_result_arrives_in_the_windows_thread(owner, qtbot):
    threads = []

    def add(a, b, *, progress, should_stop):  # noqa: ARG001
        threads.append(threading.current_thread())
        return a + b

    listener = run(Job(add, 1, b=2, parent=owner), qtbot)
    assert listener.heard == [("done", 3), "finished"]
    assert listener.threads == {threading.main_thread()}
    assert threads[0] is not threading.main_thread()


def test_cancel_is_neither_done_nor_failed(owner, qtbot):
    def endless(*, progress, should_stop):  # noqa: ARG001
        while True:
            check_stop(should_stop)
            time.sleep(0.001)

    job = Job(endless, parent=owner)
    listener = Listener(job)
    job.start()
    with qtbot.waitSignal(job.finished, timeout=5000):
        job.cancel()
    assert listener.heard == ["cancelled", "finished"]


def test_a_failure_brings_its_error(owner, qtbot):
    error = NeuralFoundationModelError("the file is empty", "choose another")

    def fail(*, progress, should_stop):  # noqa: ARG001
        raise error

    assert run(Job(fail, parent=owner), qtbot).heard == [("failed", error), "finished"]


def test_stop_and_join_ends_the_thread_in_silence(owner, qtbot):
    def endless(*, progress, should_stop):  # noqa: ARG001
        while not should_stop():
            time.sleep(0.001)
        raise Cancelled

    job = Job(endless, parent=owner)
    listener = Listener(job)
    job.start()
    job.stop_and_join()
    assert not job.is_running
    qtbot.wait(50)
    assert listener.heard == []


def test_frequent_progress_reaches_the_window_seldom(owner, qtbot):
    seen = []

    class Counter(QObject):
        def count(self, progress):
            seen.append(progress.last)

    def chatty(*, progress, should_stop):  # noqa: ARG001
        for step in range(20_000):
            report(progress, step + 1, 20_000, "chatting")

    counter = Counter()
    job = Job(chatty, parent=owner)
    job.progressed.connect(counter.count)
    run(job, qtbot)
    assert seen[-1] == (20_000, 20_000, "chatting")
    assert len(seen) < 50


def test_time_left_follows_the_pace(monkeypatch):
    now = 100.0
    monkeypatch.setattr(time, "monotonic", lambda: now)
    progress = JobProgress()
    assert progress.seconds_left is None
    progress(0, 10)
    now = 104.0
    progress(2, 10, "playing")
    assert progress.last == (2, 10, "playing")
    assert progress.rate == pytest.approx(0.5)
    assert progress.seconds_left == pytest.approx(16)


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (NeuralFoundationModelError("a.pt is empty", "get another"), "a.pt is empty; get another."),
        (PermissionError(13, "Permission denied", "/x"), "Permission denied (/x)."),
        (
            ValueError("odd"),
            "This is a fault in napari-nfm, please report it: ValueError: odd",
        ),
    ],
)  # fmt: skip
def test_errors_are_one_sentence(error, sentence):
    assert describe(error) == sentence


def test_a_job_ends_while_another_one_is_importing_torch(owner, qtbot, monkeypatch):
    monkeypatch.setitem(sys.modules, "torch", types.ModuleType("torch"))  # has no parts yet
    listener = run(Job(lambda progress, should_stop: 7, parent=owner), qtbot)  # noqa: ARG005
    assert listener.heard == [("done", 7), "finished"]


@pytest.mark.skipif(sys.platform != "linux", reason="niceness per thread is Linux's")
def test_a_job_yields_to_a_window_that_is_nice_itself():
    niceness = []

    def be_a_job_of_a_nice_window():
        niceness.append(os.nice(7))
        _yield_to_the_window()
        niceness.append(os.getpriority(os.PRIO_PROCESS, threading.get_native_id()))

    thread = threading.Thread(target=be_a_job_of_a_nice_window)
    thread.start()
    thread.join()
    window, job = niceness
    assert job == min(window + NICENESS, 19)


@pytest.mark.parametrize(("long", "times"), [(0.0, 1), (3600.0, 0)])
def test_a_long_job_returns_the_memory_that_it_has_freed(owner, qtbot, monkeypatch, long, times):
    returned = []
    monkeypatch.setattr(worker, "LONG_SECONDS", long)
    monkeypatch.setattr(worker, "return_freed_memory", lambda: returned.append(True))
    run(Job(lambda progress, should_stop: 7, parent=owner), qtbot)  # noqa: ARG005
    assert len(returned) == times
