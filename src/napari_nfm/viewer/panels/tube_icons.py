"""Small drawings of synthetic tubes, true to their shape, as symbols of a scatter plot."""

from qtpy.QtGui import QPainterPath, QTransform

from napari_nfm.viewer.known_tubes import KnownTube

__all__ = ["ICON_SIZE", "tube_icon"]

ICON_SIZE = 26
"""Of a tube's length, in pixels."""
LEAST_THICKNESS = 0.08
"""Of a tube, as a share of its length, so that it can be seen."""


def tube_icon(tube: KnownTube) -> QPainterPath:
    """Return one or two tubes of length 1 around the origin."""
    thickness = max(2 * tube.radius, LEAST_THICKNESS)
    if tube.case == "side by side":
        places = [(0.0, -tube.separation / 2), (0.0, tube.separation / 2)]
    elif tube.case == "crossing":
        places = [(-tube.angle / 2, 0.0), (tube.angle / 2, 0.0)]
    else:
        places = [(0.0, 0.0)]
    icon = QPainterPath()
    for degrees, height in places:
        path = QPainterPath()
        path.addRoundedRect(-0.5, height - thickness / 2, 1, thickness, 0.04, 0.04)
        icon.addPath(QTransform().rotate(degrees).map(path))
    return icon
