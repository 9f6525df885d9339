"""What each layer of ours is for, and which belong together."""

from enum import StrEnum

__all__ = [
    "MANIFOLD_ROLES",
    "MAP_ROLES",
    "STIMULUS_ROLES",
    "TEXT_ROLES",
    "TRAJECTORY_ROLES",
    "TUBE_ROLES",
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
    FIELDS = "receptive fields"
    HOVERED_UNIT = "unit under the mouse"
    SAMPLED_UNITS = "all units on maps"
    RECORDED_PART = "recorded part of maps"
    TUBE_PATHS = "curves in tubes"
    TUBE_HEADS = "current states in tubes"
    CENTRELINES = "centrelines of tubes"
    TUBES = "tubes"
    TUBE_AXES = "tube axes"
    TUBE_TITLES = "tube axis titles"


MAP_ROLES = (
    Role.MAPS,
    Role.MAP_CAPTIONS,
    Role.UNIT_MARKERS,
    Role.SAMPLED_UNITS,
    Role.RECORDED_PART,
)
STIMULUS_ROLES = (Role.MOVIE, Role.MOVIE_CAPTION, Role.FIELDS, *MAP_ROLES)
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
    Role.HOVERED_UNIT,
    Role.MANIFOLD_AXES,
    Role.MANIFOLD_TITLES,
)
TUBE_ROLES = (
    Role.TUBE_PATHS,
    Role.TUBE_HEADS,
    Role.CENTRELINES,
    Role.TUBES,
    Role.TUBE_AXES,
    Role.TUBE_TITLES,
)
TEXT_ROLES = (
    Role.MOVIE_CAPTION,
    Role.MAP_CAPTIONS,
    Role.AXIS_TITLES,
    Role.MANIFOLD_TITLES,
    Role.TUBE_TITLES,
)
