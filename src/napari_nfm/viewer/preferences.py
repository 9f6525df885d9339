"""What a person sets once, in napari's *Preferences* under *Neural Foundation Model*."""

from dataclasses import dataclass

__all__ = ["Preferences", "keep_first_steps", "preferences"]

PLUGIN = "napari-nfm"


@dataclass(frozen=True)
class Preferences:
    """Settings that outlive a window; the manifest declares them, with their limits.

    Attributes
    ----------
    device
        Where the next network computes: ``"auto"``, ``"cpu"``, ``"cuda"`` or ``"mps"``.
    map_memory
        Megabytes that the feature maps seen last may fill.
    bootstraps
        How often units are drawn for the intervals of tubularity.
    tail_length
        Past frames that a trajectory shows brightly.
    first_steps
        Whether a newcomer is led along a short path.
    """

    device: str = "auto"
    map_memory: int = 300
    bootstraps: int = 100
    tail_length: int = 12
    first_steps: bool = True


def preferences() -> Preferences:
    """Return the settings as they are now.

    Where napari has not discovered the plugin, as in a script that makes panels by itself, there
    is no page of preferences, and these are the defaults.
    """
    from napari.settings import get_plugin_settings

    kept = get_plugin_settings().get(PLUGIN)
    if kept is None:
        return Preferences()
    computing, display = kept.computing, kept.display
    return Preferences(
        device=computing.device,
        map_memory=computing.map_memory,
        bootstraps=computing.bootstraps,
        tail_length=display.tail_length,
        first_steps=display.first_steps,
    )


def keep_first_steps(shown: bool) -> None:
    """Keep for the next windows whether the first steps are shown."""
    from napari.settings import get_plugin_settings

    kept = get_plugin_settings().get(PLUGIN)
    if kept is not None:
        kept.display.first_steps = shown
