"""What made a result: enough to make it again."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from napari_nfm import __version__

__all__ = ["Provenance", "name_or_given"]

CARRIED_ATTRIBUTES = (
    "site",
    "twin",
    "twin_fingerprint",
    "stimulus",
    "stimulus_fingerprint",
    "sampling",
    "source",
)
"""Attributes of a response tensor that a result made from it carries on."""


@dataclass(frozen=True)
class Provenance:
    """The call that made a result, and where its input came from.

    Attributes
    ----------
    function
        Public name, as ``napari_nfm.analysis.decoding_trajectories``.
    parameters
        The arguments that are not data, by name.
    inputs
        What the input said of itself: twin and stimulus fingerprints, site, sampling.
    version
        Version of this package.
    """

    function: str
    parameters: Mapping[str, Any]
    inputs: Mapping[str, Any] = field(default_factory=dict)
    version: str = __version__

    @classmethod
    def of(cls, function: str, data: object, **parameters: Any) -> "Provenance":
        """Describe a call of `function` on `data`, an array that may have ``attrs``."""
        attributes = getattr(data, "attrs", {})
        inputs = {name: attributes[name] for name in CARRIED_ATTRIBUTES if name in attributes}
        return cls(function, dict(parameters), inputs)


def name_or_given(argument: object) -> str | None:
    """Return an argument as a result keeps it: a name or None as it is, data as ``"given"``."""
    return argument if argument is None or isinstance(argument, str) else "given"
