"""How long the window stands still while a recording runs.

Opens a real window on the display (under ``xvfb-run`` where there is none), lets a timer tick every
5 ms in its thread, and records; the gap between two ticks beyond 5 ms is time in which the window
could not answer. The same is measured before, without a recording, for comparison, and while the
movie plays, for what napari's own drawing costs.

    xvfb-run -a -s "-screen 0 1600x1000x24" python benchmarks/stall.py [CHECKPOINT] [--seconds 20]

Without CHECKPOINT: the demo twin.
"""

import argparse
import os
import tempfile
import time
from pathlib import Path

os.environ.setdefault("NAPARI_CONFIG", "")

import numpy as np
from qtpy.QtCore import QElapsedTimer, Qt, QTimer
from qtpy.QtWidgets import QApplication

from napari_nfm.stimuli import StimulusSource
from napari_nfm.viewer import open_explorer
from napari_nfm.viewer.plans import RecordingPlan

TICK_MS = 5


class Ticker:
    """Notes the gaps between ticks of the window's thread, in ms."""

    def __init__(self):
        self.clock = QElapsedTimer()
        self.timer = QTimer()
        self.timer.setTimerType(Qt.TimerType.PreciseTimer)
        self.timer.setInterval(TICK_MS)
        self.timer.timeout.connect(self.tick)
        self.gaps = []

    def tick(self):
        """Note the time since the last tick."""
        self.gaps.append(self.clock.nsecsElapsed() / 1e6)
        self.clock.restart()

    def run(self, seconds, until=None):
        """Tick for some seconds, or until a condition holds; return the gaps in excess, in ms."""
        self.gaps = []
        self.clock.start()
        self.timer.start()
        end = time.monotonic() + seconds
        while time.monotonic() < end and not (until is not None and until()):
            QApplication.processEvents()
            time.sleep(0.0005)
        self.timer.stop()
        return np.array(self.gaps[1:]) - TICK_MS


def show(label, gaps):
    print(
        f"{label:38s} longest {gaps.max():6.1f} ms   99th percentile "
        f"{np.percentile(gaps, 99):5.1f} ms   median {np.median(gaps):5.2f} ms   "
        f"({len(gaps):,} ticks)",
        flush=True,
    )


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("checkpoint", nargs="?", type=Path)
    parser.add_argument("--seconds", type=float, default=20.0)
    options = parser.parse_args()
    viewer, panel = open_explorer()
    viewer.window.resize(1600, 1000)
    explorer, ticker = panel.explorer, Ticker()
    explorer.load_twin(options.checkpoint)
    explorer.use_stimuli(StimulusSource("drawn"))
    explorer.jobs.wait()
    twin = explorer.session.twin
    print(
        f"{twin.name}, {len(twin.units):,} units, {os.cpu_count()} cores, "
        f"load {os.getloadavg()[0]:.1f}"
    )
    ticker.run(2)
    show("nothing runs", ticker.run(5))
    explorer.player.play()
    show("movie plays", ticker.run(5))
    explorer.player.pause()
    with tempfile.TemporaryDirectory() as folder:
        plan = RecordingPlan(tuple(explorer.sites), Path(folder) / "stall.zarr")
        job = explorer.record(plan)
        ended = lambda: explorer.jobs.job("record") is None  # noqa: E731
        show("recording starts", ticker.run(5, ended))
        show("recording", ticker.run(options.seconds, ended))
        explorer.player.play()
        show("recording, and movie plays", ticker.run(5, ended))
        explorer.player.pause()
        job.cancel()
        show("recording is cancelled", ticker.run(2))
        explorer.jobs.wait()
    viewer.close()


if __name__ == "__main__":
    main()
