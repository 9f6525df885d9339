"""Make the pictures of README and docs again (under Xvfb where there is no display)."""

import os
import shutil
import tempfile
from pathlib import Path

IMAGES = Path(__file__).resolve().parents[1] / "images"


def main():
    os.environ.setdefault("NAPARI_CONFIG", "")
    from napari_nfm.viewer.demo import run_demo

    with tempfile.TemporaryDirectory() as temporary:
        run_demo(Path(temporary))
        for picture in Path(temporary).glob("*.png"):
            shutil.copy(picture, IMAGES / picture.name)


if __name__ == "__main__":
    main()
