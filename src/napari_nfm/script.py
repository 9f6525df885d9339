"""What a window shows as a Python script that computes it again, without a window.

The script is written from the provenance of what is shown, so it calls what was called.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from napari_nfm import __version__
from napari_nfm.errors import NeuralFoundationModelError
from napari_nfm.saved_session import SavedStimuli, SavedTwin
from napari_nfm.session import Session

if TYPE_CHECKING:
    from xarray import DataArray

    from napari_nfm.analysis import EncodingManifold
    from napari_nfm.provenance import Provenance

__all__ = ["ScriptError", "Shown", "script_of"]

VARIABLES = {"results": "trajectories", "manifolds": "manifold", "scores": "score"}
"""What the script calls the results of the session's fields."""
COORDINATES = {
    "diffusion map": "coordinates",
    "principal components": "principal_coordinates",
}
"""Attribute of a manifold for each of the coordinates of `ManifoldLook`."""


class ScriptError(NeuralFoundationModelError):
    """There is nothing to compute, or what is shown cannot be computed again from files."""


@dataclass(frozen=True)
class Shown:
    """What a window shows of its session.

    Attributes
    ----------
    results
        The site whose result is drawn, by the session's field.
    movie
        Whether the current stimulus is drawn.
    maps
        Site and channels of the feature maps that are drawn, or None.
    """

    results: Mapping[str, str] = field(default_factory=dict)
    movie: bool = False
    maps: tuple[str, tuple[int, ...]] | None = None


def script_of(session: Session, shown: Shown) -> str:
    """Write a script that computes what is shown, in the order in which it can be.

    Its variables are ``twin, stimuli, frames, maps`` for the movie and feature maps,
    ``responses`` by site, ``trajectories, manifold, score`` for results, ``points`` and
    ``colour_by`` for the manifold's picture, and ``selected``, the responses of selected units.

    Parameters
    ----------
    session
        What is loaded and computed.
    shown
        What of it.

    Raises
    ------
    ScriptError
        Nothing is shown, or something shown was given by hand, so that no file leads to it.
    """
    script = _Script()
    if shown.movie:
        _write_movie(script, session, shown)
    drawn = {name: shown.results[name] for name in VARIABLES if name in shown.results}
    for site in dict.fromkeys(drawn.values()):
        _write_responses(script, site, session.responses.get(site))
    for name, site in drawn.items():
        _write_result(script, VARIABLES[name], site, getattr(session, name)[site].provenance)
    if "manifolds" in drawn:
        _write_look(script, session, session.manifolds[drawn["manifolds"]])
    _write_selection(script, session, set(drawn.values()))
    if not script.lines:
        raise ScriptError(
            "Nothing is shown that could be computed", "show a movie or compute a result first"
        )
    return script.text()


class _Script:
    """Lines of a script, and what they import."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self._imports: dict[str, set[str]] = {}

    def use(self, module: str, name: str) -> str:
        """Import a name and return it."""
        self._imports.setdefault(module, set()).add(name)
        return name

    def write(self, *lines: str) -> None:
        """Add lines."""
        self.lines.extend(lines)

    def text(self) -> str:
        """Return the whole script."""
        imports = [
            f"from {module} import {', '.join(sorted(names, key=str.lower))}"
            for module, names in sorted(self._imports.items())
        ]
        head = f'"""What a window of napari-nfm {__version__} showed, computed without it."""'
        return "\n".join((head, "", *imports, "", *self.lines, ""))


def _write_movie(script: _Script, session: Session, shown: Shown) -> None:
    if session.stimuli is None or session.sequence is None:
        return
    stimuli = SavedStimuli.of(session.stimuli)
    if stimuli.kind is None:
        raise ScriptError(
            f"The stimuli {stimuli.name!r} were made by a script", "add that script's call by hand"
        )
    path = None if stimuli.path is None else str(stimuli.path)
    script.use("napari_nfm.stimuli", "open_stimuli")
    script.write(
        f"stimuli = open_stimuli({stimuli.kind!r}, {path!r}, instances={stimuli.instances})",
        f"assert stimuli.fingerprint == {stimuli.fingerprint!r}, 'other stimuli'",
        f"frames = stimuli.frames{session.sequence!r}",
    )
    if shown.maps is None or session.twin is None:
        return
    site, channels = shown.maps
    _write_twin(script, SavedTwin.of(session.twin))
    script.use("napari_nfm.recording", "feature_maps")
    script.write(
        f"maps = feature_maps(twin, frames, {site!r}, channels={list(channels)})",
    )


def _write_twin(script: _Script, twin: SavedTwin) -> None:
    from napari_nfm.fnn import embedded_checkpoint

    source = repr(str(twin.path))
    if twin.path == embedded_checkpoint().absolute():  # wherever the package is installed
        source = f"{script.use('napari_nfm.fnn', 'embedded_checkpoint')}()"
    script.use("napari_nfm.fnn", "load_twin")
    script.write(
        f"twin = load_twin({source}, {twin.session}, {twin.scan_idx})",
        f"assert twin.fingerprint == {twin.fingerprint!r}, 'another network'",
    )


def _write_responses(script: _Script, site: str, responses: "DataArray | None") -> None:
    about = {} if responses is None else responses.attrs
    source = about.get("source")
    if source is None:
        raise ScriptError(
            f"The responses of {site!r} were given by hand and not read from a file",
            "save them, and open the file",
        )
    path = str(Path(source).absolute())
    if "responses = {}" not in script.lines:
        script.write("", "responses = {}")
    sampling = about.get("sampling")
    if sampling is None:
        script.use("napari_nfm.recording", "load_responses")
        script.write(f"responses[{site!r}] = load_responses({path!r})")
        return
    script.use("napari_nfm.recording", "open_recording")
    script.use("napari_nfm.recording", "sample_units")
    names = ("maps", "units_per_map", "by", "seed")
    how = _arguments({name: sampling[name] for name in names})
    script.write(
        f"recording = open_recording({path!r})",
        f"assert recording.twin_fingerprint == {about['twin_fingerprint']!r}, 'another network'",
        f"responses[{site!r}] = sample_units(recording, {site!r}, {how})",
    )


def _write_result(script: _Script, variable: str, site: str, made_by: "Provenance") -> None:
    given = [name for name, value in made_by.parameters.items() if value == "given"]
    if given:
        raise ScriptError(
            f"The {variable} of {site!r} has {' and '.join(given)} that were given by hand",
            "compute it with settings of the window",
        )
    module, _, function = made_by.function.rpartition(".")
    script.use(module, function)
    arguments = ", ".join((f"responses[{site!r}]", *_each(made_by.parameters)))
    script.write(f"{variable} = {function}({arguments})")


def _write_look(script: _Script, session: Session, manifold: "EncodingManifold") -> None:
    look, coordinates = session.look, COORDINATES[session.look.coordinates]
    n_components = getattr(manifold, coordinates).shape[1]
    axes = [axis for axis in look.axes if axis < n_components]
    script.write(
        f"points = manifold.{coordinates}[:, {axes}]",
        f"colour_by = manifold.units[{look.colour_by!r}]",
    )


def _write_selection(script: _Script, session: Session, sites: set[str]) -> None:
    chosen = session.selection
    if chosen.units and chosen.site in sites:
        script.write(f"selected = responses[{chosen.site!r}].isel(unit={list(chosen.units)})")


def _arguments(values: Mapping[str, Any]) -> str:
    return ", ".join(_each(values))


def _each(values: Mapping[str, Any]) -> Iterator[str]:
    return (f"{name}={value!r}" for name, value in values.items())
