"""The study's own still images, read from its ``flowstims`` folder."""

from collections.abc import Iterable
from dataclasses import dataclass
from os import PathLike
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from napari_nfm.stimuli.errors import MissingStimulusError, UnreadableStimulusError
from napari_nfm.stimuli.motion import MOTION
from napari_nfm.stimuli.stimulus_set import digest

__all__ = ["FlowstimsFolder"]


@dataclass(frozen=True)
class FlowstimsFolder:
    """Still images at ``{category}_inst{instance}/{direction}/0.png``.

    The published instances of a grating are byte-identical. Where a grating's further
    instances are not on disk, its instance 0 stands for them.

    Parameters
    ----------
    folder
        The ``flowstims`` folder.
    height, width
        Size of every image in pixels.
    modified
        Newest modification time of the images, so that a changed folder is another one.
    stand_ins
        Gratings whose instance 0 stands for missing ones.
    """

    folder: Path
    height: int
    width: int
    modified: int
    stand_ins: frozenset[tuple[str, int]]

    @classmethod
    def open(
        cls, source: str | PathLike[str], categories: Iterable[str], instances: int
    ) -> "FlowstimsFolder":
        """Check that every image is there and of one size, without reading pixels.

        Parameters
        ----------
        source
            The ``flowstims`` folder.
        categories
            Names of the categories to expect.
        instances
            How many instances to expect.

        Returns
        -------
        FlowstimsFolder
            The checked folder.

        Raises
        ------
        MissingStimulusError
            Where the folder or an image is missing.
        UnreadableStimulusError
            Where a file is no image, or its size differs from that of the others.
        """
        folder = Path(source)
        if not folder.is_dir():
            raise MissingStimulusError(
                f"There is no folder of stimulus images at {folder}",
                "give the study's flowstims folder, or no source to have the stimuli drawn",
            )
        stand_ins, paths = set(), []
        for category in categories:
            for instance in range(instances):
                absent = not (folder / f"{category}_inst{instance}").is_dir()
                if absent and instance > 0 and category.startswith("grat_"):
                    stand_ins.add((category, instance))
                else:
                    paths += [_path(folder, category, angle, instance) for angle in MOTION]
        for path in paths:
            _require(path)
        width, height = _image_size(paths[0])
        for path in paths:
            if _image_size(path) != (width, height):
                raise UnreadableStimulusError(
                    f"{path} does not have the {width} x {height} pixels of the first image",
                    "give a flowstims folder whose images are all of one size",
                )
        modified = max(path.stat().st_mtime_ns for path in paths)
        return cls(folder.resolve(), height, width, modified, frozenset(stand_ins))

    @property
    def notes(self) -> tuple[str, ...]:
        """Sentences on which instances stand for missing ones."""
        if not self.stand_ins:
            return ()
        names = sorted({category for category, _ in self.stand_ins})
        return (
            f"Instance 0 of {', '.join(names)} stands for instances that are not in "
            f"{self.folder}: the published instances of a grating are identical.",
        )

    def size(self) -> tuple[int, int]:
        """Return height and width of every image in pixels."""
        return self.height, self.width

    def canonical_instance(self, category: str, instance: int) -> int:
        """Return the instance on disk that shows this one."""
        return 0 if (category, instance) in self.stand_ins else instance

    def image(self, category: str, direction: int, instance: int) -> NDArray[np.uint8]:
        """Read one image.

        Parameters
        ----------
        category
            Name of the category.
        direction
            Direction of motion in degrees.
        instance
            Index of the instance.

        Returns
        -------
        ndarray
            The first channel, ``(y, x)``; the published images have three equal ones.

        Raises
        ------
        UnreadableStimulusError
            Where the file is damaged.
        """
        path = _path(self.folder, category, direction, instance)
        try:
            with Image.open(path) as image:
                plain = image if image.mode in ("L", "RGB", "RGBA") else image.convert("RGB")
                return np.asarray(plain.getchannel(0))
        except Exception as error:  # of damaged files, Pillow raises any kind
            raise _damaged(path) from error

    def image_digest(self, category: str, direction: int, instance: int) -> str:
        """Hash one image.

        Parameters
        ----------
        category, direction, instance
            As for `image`.

        Returns
        -------
        str
            Hexadecimal hash of its pixels.
        """
        return digest(self.image(category, direction, instance))


def _path(folder: Path, category: str, direction: int, instance: int) -> Path:
    return folder / f"{category}_inst{instance}" / str(direction) / "0.png"


def _require(path: Path) -> None:
    if path.is_file():
        return
    instance = int(path.parent.parent.name.rpartition("_inst")[2])
    fewer = f"give instances={instance}, or " if instance else ""
    raise MissingStimulusError(
        f"The stimulus image {path} is missing",
        f"{fewer}complete the flowstims folder",
    )


def _image_size(path: Path) -> tuple[int, int]:
    try:
        with Image.open(path) as image:
            return image.size
    except Exception as error:  # of damaged files, Pillow raises any kind
        raise _damaged(path) from error


def _damaged(path: Path) -> UnreadableStimulusError:
    return UnreadableStimulusError(
        f"{path} is damaged or no PNG image", "copy it again from the study's repository"
    )
