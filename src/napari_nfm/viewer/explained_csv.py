"""Tables as CSV whose first lines say what each column means."""

from collections.abc import Mapping
from pathlib import Path

import pandas as pd

__all__ = ["write_explained_csv"]


def write_explained_csv(
    path: str | Path, title: str, table: pd.DataFrame, meanings: Mapping[str, str]
) -> None:
    """Write a table; read it again with ``pandas.read_csv(path, comment="#")``.

    Parameters
    ----------
    path
        The ``.csv`` file to write.
    title
        What the table is.
    table
        What is written, without its index.
    meanings
        What each column means; all must be there.
    """
    with Path(path).open("w", encoding="utf-8", newline="") as file:
        file.write(f"# {title}, written by napari-nfm\n")
        for name in table.columns:
            file.write(f"# {name}: {meanings[name]}\n")
        table.to_csv(file, index=False)
