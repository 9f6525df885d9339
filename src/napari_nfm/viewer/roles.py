"""What each layer of ours is for, and which belong together."""

from enum import StrEnum

__all__ = [
    "MANIFOLD_ROLES",
    "MAP_ROLES",
    "STIMULUS_ROLES",
    "TEXT_ROLES",
    "TRAJECTORY_ROLES",
    "Role",
]


class Role(StrEnum):
    """What a layer of ours is for."""

    MOVIE = "movie"
    MAPS = "feature maps"
    MOVIE_CAPTION = "movie caption"
    MAP_CAPTIONS = "map captions"
    PATHS = "whole paths"
    TRACKS = "trajectories"
    HEADS = "current states"
    AXES = "component axes"
    AXIS_TITLES = "axis titles"
    MANIFOLD = "encoding manifold"
    EDGES = "neighbour edges"
    SELECTED_UNITS = "selected units"
    MANIFOLD_AXES = "manifold axes"
    MANIFOLD_TITLES = "manifold axis titles"
    UNIT_MARKERS = "selected units on maps"


MAP_ROLES = (Role.MAPS, Role.MAP_CAPTIONS, Role.UNIT_MARKERS)
STIMULUS_ROLES = (Role.MOVIE, Role.MOVIE_CAPTION, *MAP_ROLES)
TRAJECTORY_ROLES = (
    Role.PATHS,
    Role.TRACKS,
    Role.HEADS,
    Role.AXES,
    Role.AXIS_TITLES,
)
MANIFOLD_ROLES = (
    Role.MANIFOLD,
    Role.EDGES,
    Role.SELECTED_UNITS,
    Role.MANIFOLD_AXES,
    Role.MANIFOLD_TITLES,
)
TEXT_ROLES = (
    Role.MOVIE_CAPTION,
    Role.MAP_CAPTIONS,
    Role.AXIS_TITLES,
    Role.MANIFOLD_TITLES,
)
