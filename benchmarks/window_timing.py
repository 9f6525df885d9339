"""What actions on two windows cost, in turns: to the model, on the canvas, and until at rest."""

import statistics
import time
from functools import partial

from qtpy.QtWidgets import QApplication

from napari_nfm.viewer.outline import canvas_of

__all__ = ["Window", "in_turns", "report"]

IDLE = 0.15
"""Seconds without a new frame after which a window counts as at rest."""
SIZE = (1600, 1000)


class Window:
    """A viewer whose painting is watched."""

    def __init__(self, viewer):
        self.viewer = viewer
        self.frames = []
        viewer.window.resize(*SIZE)
        self.canvas = canvas_of(viewer)
        self.canvas.frameSwapped.connect(self.note)

    def note(self):
        """Note when a frame was there."""
        self.frames.append(time.perf_counter())

    def rest(self):
        """Let the window draw what is left; return when it has drawn last."""
        last = time.perf_counter()
        while time.perf_counter() < max([last, *self.frames[-1:]]) + IDLE:
            QApplication.processEvents()
            time.sleep(0.001)
        return self.frames[-1] if self.frames else last

    def time(self, action):
        """Return the seconds of `action` alone, to the next frame, and to the last one.

        The first frame shows what has changed on the canvas. Others follow where docks are drawn
        after it: the canvas is put together with them anew, without being painted again.
        """
        self.rest()
        self.frames.clear()
        start = time.perf_counter()
        action()
        model = time.perf_counter() - start
        last = self.rest()
        first = self.frames[0] if self.frames else last
        return model, max(first - start, model), max(last - start, model)


def in_turns(repeats, *calls):
    """Time calls in turns; return for each the medians to model, first and last frame in ms."""
    taken = [[] for _ in calls]
    for repeat in range(repeats + 1):
        for number, (window, action) in enumerate(calls):
            measured = window.time(partial(action, repeat))
            if repeat:  # the first of each warms up
                taken[number].append(measured)
    return [
        [1000 * statistics.median(times) for times in zip(*each, strict=True)] for each in taken
    ]


def report(title, ours, bare, note=""):
    """Print the lines of the table for one action."""
    for side, (model, first, last) in (("ours", ours), ("bare napari", bare)):
        print(
            f"{title if side == 'ours' else note:44s} {side:12s} model {model:6.1f} ms   "
            f"on the canvas {first:6.1f} ms   at rest {last:6.1f} ms",
            flush=True,
        )
