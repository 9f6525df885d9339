"""What a script begins with: stimuli, the network, and responses, as they can be found again."""

from pathlib import Path
from typing import TYPE_CHECKING

from napari_nfm.saved_session import SavedStimuli, SavedTwin
from napari_nfm.script_lines import Script, ScriptError, arguments

if TYPE_CHECKING:
    from xarray import DataArray

    from napari_nfm.fnn import Twin
    from napari_nfm.stimuli import StimulusSet

__all__ = ["write_responses", "write_stimuli", "write_twin"]


def write_stimuli(script: Script, stimuli: "StimulusSet") -> None:
    """Give the script ``stimuli``, where it has none yet."""
    if script.has("stimuli"):
        return
    saved = SavedStimuli.of(stimuli)
    if saved.kind is None:
        raise ScriptError(
            f"The stimuli {saved.name!r} were made by a script", "add that script's call by hand"
        )
    path = None if saved.path is None else str(saved.path)
    script.use("napari_nfm.stimuli", "open_stimuli")
    script.write(
        f"stimuli = open_stimuli({saved.kind!r}, {path!r}, instances={saved.instances})",
        f"assert stimuli.fingerprint == {saved.fingerprint!r}, 'other stimuli'",
    )


def write_twin(script: Script, twin: "Twin") -> None:
    """Give the script ``twin``, where it has none yet."""
    from napari_nfm.fnn import embedded_checkpoint

    if script.has("twin"):
        return
    saved = SavedTwin.of(twin)
    source = repr(str(saved.path))
    if saved.path == embedded_checkpoint().absolute():  # wherever the package is installed
        source = f"{script.use('napari_nfm.fnn', 'embedded_checkpoint')}()"
    script.use("napari_nfm.fnn", "load_twin")
    script.write(
        f"twin = load_twin({source}, {saved.session}, {saved.scan_idx})",
        f"assert twin.fingerprint == {saved.fingerprint!r}, 'another network'",
    )


def write_responses(script: Script, site: str, responses: "DataArray | None") -> None:
    """Give the script the responses of `site`, in ``responses``."""
    about = {} if responses is None else responses.attrs
    source = about.get("source")
    if source is None:
        raise ScriptError(
            f"The responses of {site!r} were given by hand and not read from a file",
            "save them, and open the file",
        )
    path = str(Path(source).absolute())
    if not script.has("responses"):
        script.write("", "responses = {}")
    sampling = about.get("sampling")
    if sampling is None:
        script.use("napari_nfm.recording", "load_responses")
        script.write(f"responses[{site!r}] = load_responses({path!r})")
        return
    script.use("napari_nfm.recording", "open_recording")
    script.use("napari_nfm.recording", "sample_units")
    names = ("maps", "units_per_map", "by", "seed")
    how = ", ".join(arguments({name: sampling[name] for name in names}))
    script.write(
        f"recording = open_recording({path!r})",
        f"assert recording.twin_fingerprint == {about['twin_fingerprint']!r}, 'another network'",
        f"responses[{site!r}] = sample_units(recording, {site!r}, {how})",
    )
