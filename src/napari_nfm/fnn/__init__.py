"""The digital twin: the published FNN network, its checkpoints, and its recording sites.

Names are loaded on first use, so that importing the package loads neither torch nor pandas.
"""

from importlib import import_module
from typing import Any

_MODULES = {
    "Architecture": "architecture",
    "DenseBlock": "architecture",
    "expected_shapes": "architecture",
    "FNN": "network",
    "Capture": "state",
    "State": "state",
    "SITES": "site",
    "Site": "site",
    "sites": "site",
    "interpolate": "readout",
    "Twin": "twin",
    "load_twin": "twin",
    "list_scans": "checkpoint",
    "download_microns": "download",
    "UnitReadout": "unit_reading",
    "unit_readout": "unit_reading",
    "read_unit_properties": "unit_properties",
    "kept_checkpoints": "kept",
    "embedded_checkpoint": "embedded",
    "write_seeded_checkpoint": "seeded",
}

__all__ = sorted(_MODULES)


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)
