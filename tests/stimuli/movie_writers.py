"""Movies of known pictures, written in every format that can be read."""

import av
import numpy as np
from PIL import Image


def ramp(n, height=240, width=320):
    """Pictures of one grey level each, 0 up to 250."""
    levels = np.linspace(0, 250, n).astype(np.uint8)
    return np.broadcast_to(levels[:, None, None], (n, height, width))


def write_video(path, pictures, rate=30, codec="libx264", **options):
    with av.open(str(path), "w", options=options) as container:
        stream = container.add_stream(codec, rate=rate)
        stream.height, stream.width = pictures.shape[1:3]
        stream.pix_fmt = "yuv420p"
        for picture in pictures:
            frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(picture), format="gray")
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return path


def write_pages(path, pictures, **options):
    first, *others = [Image.fromarray(picture) for picture in pictures]
    first.save(path, save_all=True, append_images=others, **options)
    return path


def write_folder(path, pictures):
    path.mkdir()
    for number, picture in enumerate(pictures, start=1):
        Image.fromarray(picture).save(path / f"frame{number}.png")  # frame10 sorts after frame9
    (path / "notes.txt").write_text("no image")
    return path


def write_array(path, pictures):
    np.save(path, pictures)
    return path
