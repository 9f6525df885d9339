"""What can go wrong with a checkpoint, its download, or what is shown to the network."""

from napari_nfm.errors import NeuralFoundationModelError

__all__ = [
    "ArchiveError",
    "CheckpointError",
    "CheckpointNotFoundError",
    "ChecksumError",
    "DeviceError",
    "DiskSpaceError",
    "DownloadError",
    "MissingKeysError",
    "NonFiniteWeightsError",
    "OtherNetworkError",
    "ScanNotFoundError",
    "StimulusInputError",
    "TableError",
    "UnexpectedKeysError",
    "UnitPropertiesError",
    "UnknownSiteError",
    "UnknownUnitError",
    "UnreadableFileError",
    "UnsafeArchiveError",
    "UnsafeCheckpointError",
    "WrongDtypeError",
    "WrongShapeError",
]


class CheckpointError(NeuralFoundationModelError):
    """A checkpoint cannot be used."""


class CheckpointNotFoundError(CheckpointError):
    """There is no checkpoint at the path, or one of its files is missing."""


class ScanNotFoundError(CheckpointError, ValueError):
    """The checkpoint holds no such session and scan."""


class UnreadableFileError(CheckpointError):
    """A weights file is empty, truncated or something else than a PyTorch file."""


class UnsafeCheckpointError(CheckpointError):
    """A weights file asks to run code; it was refused and nothing ran."""


class MissingKeysError(CheckpointError):
    """Weights that the network needs are not in the file."""


class UnexpectedKeysError(CheckpointError):
    """The file holds entries that are not weights of this network."""


class OtherNetworkError(CheckpointError):
    """The file holds the weights of a network of another family."""


class WrongShapeError(CheckpointError):
    """A weight has another shape than the rest of the file implies."""


class WrongDtypeError(CheckpointError):
    """A weight has another data type than the published layout says."""


class NonFiniteWeightsError(CheckpointError):
    """A weight is not a number, or infinite."""


class TableError(CheckpointError):
    """``scans.csv`` or ``units.csv`` is unreadable or disagrees with the weights."""


class ArchiveError(CheckpointError):
    """A zip cannot be read, or does not hold a checkpoint."""


class UnsafeArchiveError(ArchiveError):
    """A zip would write outside its folder, or unpack to far more than a checkpoint."""


class DownloadError(NeuralFoundationModelError):
    """The published checkpoint could not be fetched."""


class ChecksumError(DownloadError):
    """What was fetched is not the published file."""


class DiskSpaceError(DownloadError):
    """The disk has too little room for the download and the unpacked files."""


class DeviceError(NeuralFoundationModelError, ValueError):
    """The computing device is unknown or not available here."""


class StimulusInputError(NeuralFoundationModelError, ValueError):
    """Stimuli, eye positions or behaviour have a type or shape that the network cannot take."""


class UnknownSiteError(NeuralFoundationModelError, ValueError):
    """The network has no recording site of that name."""


class UnknownUnitError(NeuralFoundationModelError, ValueError):
    """The network has no unit of that number."""


class UnitPropertiesError(NeuralFoundationModelError, ValueError):
    """A table of unit properties cannot be read, or its rows belong to no unit of the network."""
