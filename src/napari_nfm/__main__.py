"""``python -m napari_nfm`` is the command ``napari-nfm``."""

import sys

from napari_nfm.cli import main

if __name__ == "__main__":
    sys.exit(main())
