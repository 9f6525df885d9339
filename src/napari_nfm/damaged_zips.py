"""What reading a damaged zip raises."""

import zipfile
import zlib

__all__ = ["DAMAGE"]

DAMAGE = (zipfile.BadZipFile, zlib.error, NotImplementedError, EOFError)
"""Of the zip itself, of a packed member, of a member that claims another packing, of its end."""
