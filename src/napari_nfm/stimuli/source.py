"""How a stimulus set is made again."""

from dataclasses import dataclass
from pathlib import Path

__all__ = ["StimulusSource"]


@dataclass(frozen=True)
class StimulusSource:
    """Where a stimulus set comes from, as `open_stimuli` takes it.

    Attributes
    ----------
    kind
        A key of `STIMULUS_KINDS`.
    path
        The folder or file, for the kinds that need one.
    instances
        Instances of the flow ensemble.
    """

    kind: str
    path: Path | None = None
    instances: int = 3
