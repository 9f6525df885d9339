"""Playing stimuli to a twin, recording its sites, and sampling units from the recording.

Names are loaded on first use, so that importing the package loads neither torch nor zarr.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from napari_nfm.recording.costs import Estimate, estimate
    from napari_nfm.recording.errors import RecordingError
    from napari_nfm.recording.job import record
    from napari_nfm.recording.labels import label_units
    from napari_nfm.recording.noise_average import receptive_field_sta
    from napari_nfm.recording.on_demand import feature_maps
    from napari_nfm.recording.receptive_field_result import ReceptiveFields
    from napari_nfm.recording.receptive_fields import receptive_field_gradient
    from napari_nfm.recording.recording import Recording, open_recording
    from napari_nfm.recording.responses import load_responses
    from napari_nfm.recording.sampling import Sampling
    from napari_nfm.recording.units import sample_units

_MODULES = {
    "Estimate": "costs",
    "ReceptiveFields": "receptive_field_result",
    "Recording": "recording",
    "RecordingError": "errors",
    "Sampling": "sampling",
    "estimate": "costs",
    "feature_maps": "on_demand",
    "label_units": "labels",
    "load_responses": "responses",
    "open_recording": "recording",
    "receptive_field_gradient": "receptive_fields",
    "receptive_field_sta": "noise_average",
    "record": "job",
    "sample_units": "units",
}

__all__ = [
    "Estimate",
    "ReceptiveFields",
    "Recording",
    "RecordingError",
    "Sampling",
    "estimate",
    "feature_maps",
    "label_units",
    "load_responses",
    "open_recording",
    "receptive_field_gradient",
    "receptive_field_sta",
    "record",
    "sample_units",
]


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)
