"""What was selected and how it was drawn, as a session file says it: checked, and restored."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from napari_nfm.plain_values import (
    check_integer,
    check_list,
    check_mapping,
    check_number,
    check_switch,
    check_text,
)
from napari_nfm.session import Session

if TYPE_CHECKING:
    from napari_nfm.stimuli import StimulusSet

__all__ = ["read_look", "read_selection", "restore_look", "restore_selection"]


def read_selection(value: Any) -> dict[str, Any]:
    """Return the fields of a `Selection` that a file has.

    Raises
    ------
    ValueError
        One of them cannot be such a field.
    """
    return _read(value, SELECTION)


def read_look(value: Any) -> dict[str, Any]:
    """Return the fields of a `ManifoldLook` that a file has.

    Raises
    ------
    ValueError
        One of them cannot be such a field.
    """
    return _read(value, LOOK)


def restore_look(session: Session, look: Mapping[str, Any]) -> None:
    """Have the encoding manifold drawn as it was."""
    for name, value in look.items():
        setattr(session.look, name, value)


def restore_selection(session: Session, saved: Mapping[str, Any]) -> None:
    """Select what was selected, as far as the session has it."""
    chosen, stimuli = session.selection, session.stimuli
    site, channels = saved.get("site") or "", _channels(session)
    n_units = session.responses[site].sizes["unit"] if site in session.responses else 0
    if n_units or site in channels:
        chosen.site = site
        # Without the network nobody knows how many there are.
        chosen.channels = _below(saved.get("channels", ()), channels.get(site))
    chosen.frame = min(saved.get("frame", 0), max(session.n_frames - 1, 0))
    if stimuli is not None:
        sequence: Any = [saved.get(name) for name in ("category", "direction", "instance")]
        if _is_of(stimuli, *sequence):
            session.choose(*sequence)
        reference = saved.get("reference")
        chosen.reference = reference if reference and _is_of(stimuli, *reference) else None
    # Another site forgets units, and other units forget which of them was looked at.
    chosen.units = _below(saved.get("units", ()), n_units)
    unit = saved.get("unit")
    chosen.unit = unit if unit in chosen.units else None
    chosen.pinned = _below(saved.get("pinned", ()), n_units)


def _channels(session: Session) -> dict[str, int]:
    """Return how many channels each site of the network has."""
    if session.twin is None:
        return {}
    from napari_nfm.fnn import sites

    return {name: site.shape[0] for name, site in sites(session.twin).items()}


def _below(numbers: tuple[int, ...], count: int | None) -> tuple[int, ...]:
    return tuple(number for number in numbers if count is None or number < count)


def _is_of(stimuli: "StimulusSet", category: Any, direction: Any, instance: Any) -> bool:
    return (
        category in stimuli.categories
        and direction in stimuli.directions
        and instance is not None
        and instance < stimuli.n_instances
    )


def _read(value: Any, fields: Mapping[str, Callable[[Any], Any]]) -> dict[str, Any]:
    given = check_mapping(value)
    return {name: read(given[name]) for name, read in fields.items() if name in given}


def _or_none(read: Callable[[Any], Any]) -> Callable[[Any], Any]:
    return lambda value: None if value is None else read(value)


def _integers(value: Any) -> tuple[int, ...]:
    return tuple(check_integer(number) for number in check_list(value))


def _sequence(value: Any) -> tuple[str, float, int]:
    category, direction, instance = check_list(value, 3)
    return check_text(category), check_number(direction), check_integer(instance)


def _axes(value: Any) -> tuple[int, ...]:
    return _integers(check_list(value, 3))


SELECTION: dict[str, Callable[[Any], Any]] = {
    "category": _or_none(check_text),
    "direction": _or_none(check_number),
    "instance": check_integer,
    "frame": check_integer,
    "reference": _or_none(_sequence),
    "site": _or_none(check_text),
    "channels": _integers,
    "units": _integers,
    "unit": _or_none(check_integer),
    "pinned": _integers,
}
LOOK: dict[str, Callable[[Any], Any]] = {
    "coordinates": lambda value: check_text(value, ("diffusion map", "principal components")),
    "axes": _axes,
    "colour_by": check_text,
    "edges": check_switch,
}
