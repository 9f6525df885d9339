"""Where files made or fetched once are kept, and how a folder appears there all at once."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

__all__ = ["cache_directory", "new_directory"]


def cache_directory() -> Path:
    """Return the user's cache folder of napari-nfm; it need not exist yet.

    ``~/.cache/napari-nfm`` on Linux (``XDG_CACHE_HOME`` is honoured), and the equivalents of
    macOS and Windows.
    """
    import pooch

    return Path(pooch.os_cache("napari-nfm"))


@contextmanager
def new_directory(final: Path) -> Iterator[Path]:
    """Give a folder to fill, which becomes `final` only when the block ends without an error.

    A process that dies half-way leaves no half-filled `final`. Where `final` exists already
    (another process was first, or some of its files were deleted), the new files replace
    their namesakes one by one and nothing else in it is touched.
    """
    final.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=final.parent, prefix=f".{final.name}-") as temporary:
        # The temporary folder is private; one made inside it has the user's usual permissions.
        filling = Path(temporary) / final.name
        filling.mkdir()
        yield filling
        try:
            filling.rename(final)
        except OSError:
            if not final.is_dir():
                raise
            for path in filling.iterdir():
                path.replace(final / path.name)
