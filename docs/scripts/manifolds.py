"""Make the pictures of docs/encoding.md again (under Xvfb where there is no display).

``manifold_sites.png`` has the encoding manifold of each site of the demo twin, and, with
``--data FOLDER`` (the published decompositions), ``manifold_retina.png`` the window with the
manifold of real retina responses, rebuilt from their published factors.
"""

import argparse
import os
import tempfile
from pathlib import Path

import numpy as np

IMAGES = Path(__file__).resolve().parents[1] / "images"
COLUMNS = 5
SHRUNK, TEXT_SIZE = 2, 16
RETINA_RANK, RETINA_DIRECTIONS = 16, 8


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, help="folder with cp_factors/retina_R16.npz")
    options = parser.parse_args()
    os.environ.setdefault("NAPARI_CONFIG", "")
    from napari_nfm.viewer.demo import WINDOW_SIZE
    from napari_nfm.viewer.docks import open_explorer

    viewer, panel = open_explorer()
    viewer.window.resize(*WINDOW_SIZE)
    with tempfile.TemporaryDirectory() as temporary:
        if options.data is not None:
            picture_retina(viewer, panel.explorer, options.data, Path(temporary))
        picture_sites(viewer, panel.explorer, Path(temporary))
    viewer.close()


def picture_sites(viewer, explorer, folder):
    """Record and encode every site of the demo twin, and put their pictures side by side."""
    from PIL import Image

    from napari_nfm.viewer.demo import ENCODING, record_everything, settle

    record_everything(explorer, folder / "demo.zarr", {})
    panels = []
    for site in explorer.session.recording.sites:
        explorer.encoding.compute_manifold(site, ENCODING)
        explorer.jobs.wait()
        explorer.world.set_text_size(TEXT_SIZE)
        explorer.encoding.show_manifold(site)
        settle()
        canvas = Image.fromarray(viewer.screenshot(canvas_only=True, flash=False)[..., :3])
        # above and below the picture there is nothing
        middle = (0, canvas.height // 8, canvas.width, canvas.height * 7 // 8)
        panels.append(np.asarray(canvas.crop(middle).reduce(SHRUNK)))
    height, width, _ = panels[0].shape
    rows = -(-len(panels) // COLUMNS)
    sheet = np.zeros((rows * height, COLUMNS * width, 3), np.uint8)
    for number, picture in enumerate(panels):
        row, column = divmod(number, COLUMNS)
        sheet[row * height : (row + 1) * height, column * width : (column + 1) * width] = picture
    save(sheet, "manifold_sites.png")


def picture_retina(viewer, explorer, data, folder):
    """Rebuild retina responses from their factors, encode them, and picture the window."""
    from napari_nfm.viewer.demo import settle
    from napari_nfm.viewer.docks import open_factors, open_manifold
    from napari_nfm.viewer.plans import ManifoldSettings

    with np.load(data / "cp_factors" / "retina_R16.npz", allow_pickle=False) as factors:
        fibres = np.einsum(
            "r,nr,sr,pr->nsp",
            *(factors[name] for name in ("lambdas", "neural", "stimulus", "response")),
            optimize=True,
        )
    # direction is the faster axis of a fibre
    maps = fibres.reshape(*fibres.shape[:2], -1, RETINA_DIRECTIONS).swapaxes(2, 3)
    np.save(folder / "retina.npy", maps.astype(np.float32))
    explorer.encoding.open_population(folder / "retina.npy")
    explorer.jobs.wait()
    site = explorer.session.selection.site
    explorer.encoding.compute_manifold(site, ManifoldSettings(rank=RETINA_RANK, n_starts=5))
    explorer.jobs.wait()
    open_manifold(viewer)
    open_factors(viewer)
    explorer.encoding.show_manifold(site)
    settle(2)
    explorer.encoding.show_manifold(site)
    settle(2)
    save(viewer.screenshot(canvas_only=False, flash=False)[..., :3], "manifold_retina.png")
    viewer.window.dock_widgets["Factors"].parentWidget().close()
    settle()


def save(picture, name):
    from PIL import Image

    Image.fromarray(picture).save(IMAGES / name, optimize=True)


if __name__ == "__main__":
    main()
