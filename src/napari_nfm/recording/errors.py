"""What can go wrong with a recording, each with a remedy."""

from napari_nfm.errors import NeuralFoundationModelError

__all__ = [
    "ActivityRangeError",
    "IncompleteRecordingError",
    "OtherRecordingError",
    "OutOfMemoryError",
    "RecordingArgumentError",
    "RecordingError",
    "ResponseFileError",
    "SamplingError",
    "StorageError",
    "StoreError",
]


class RecordingError(NeuralFoundationModelError):
    """A recording cannot be made or used; the root of this package's errors."""


class RecordingArgumentError(RecordingError, ValueError):
    """An argument names a site, channel, crop, type or size that cannot be recorded."""


class SamplingError(RecordingError, ValueError):
    """Units cannot be sampled as asked."""


class StorageError(RecordingError):
    """The disk is full, too small, or cannot be written."""


class OutOfMemoryError(RecordingError):
    """The device has too little memory even for one sequence at a time."""


class ActivityRangeError(RecordingError):
    """The network returned values that are not finite, or too large for the type kept."""


class StoreError(RecordingError):
    """A folder is not a recording, or one that is damaged or of an unknown version."""


class OtherRecordingError(StoreError):
    """A folder holds a recording made with another twin, other stimuli or other arguments."""


class IncompleteRecordingError(StoreError):
    """A recording was interrupted and cannot be analysed before it is finished."""


class ResponseFileError(RecordingError):
    """A file does not hold a response tensor that can be read safely."""
