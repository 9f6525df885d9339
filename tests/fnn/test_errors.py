import pickle

import pytest

from napari_nfm.errors import NeuralFoundationModelError
from napari_nfm.fnn import errors


@pytest.mark.parametrize("name", errors.__all__)
def test_every_error_is_mendable_and_crosses_processes(name, assert_one_clear_sentence):
    error = getattr(errors, name)("Core 'x.pt' has no key 'a'", "take the published file")
    assert_one_clear_sentence(error, "x.pt", "'a'", "take the published file")
    again = pickle.loads(pickle.dumps(error))
    assert type(again) is type(error)
    assert str(again) == str(error)


def test_families():
    for name in errors.__all__:
        assert issubclass(getattr(errors, name), NeuralFoundationModelError)
    assert issubclass(errors.UnsafeArchiveError, errors.CheckpointError)
    assert issubclass(errors.ChecksumError, errors.DownloadError)
    assert issubclass(errors.ScanNotFoundError, ValueError)
