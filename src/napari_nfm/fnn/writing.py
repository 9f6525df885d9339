"""Write a network in the published file layout."""

import hashlib
import json
from collections import OrderedDict
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd
import torch

from napari_nfm.fnn.cache import new_directory
from napari_nfm.fnn.checkpoint import CORE, scan_file

__all__ = ["write_checkpoint"]


def write_checkpoint(
    directory: str | Path,
    state: Mapping[str, torch.Tensor],
    units: pd.DataFrame,
    config: Mapping[str, Any],
    *,
    session: int,
    scan_idx: int,
) -> Path:
    """Write the files of one network, for `load_twin`.

    Parameters
    ----------
    directory
        The folder to write; it appears complete or not at all.
    state
        Every tensor of the network by its published key.
    units
        One row per unit, in the order of the readout: ``unit_id`` and any other columns.
    config
        What ``config.json`` says: "name" and "note" for people, and anything else.
    session, scan_idx
        Under which scan the units are listed.

    Returns
    -------
    Path
        `directory`.
    """
    final = Path(directory).expanduser()
    core = OrderedDict((key, value) for key, value in state.items() if key.startswith("core."))
    scan = OrderedDict((key, value) for key, value in state.items() if key not in core)
    name = f"{config['name']} {session} {scan_idx}"
    scans = pd.DataFrame(
        {
            "session": [session],
            "scan_idx": [scan_idx],
            "units": [len(units)],
            "data_id": [hashlib.md5(name.encode(), usedforsecurity=False).hexdigest()],
        }
    )
    ids = {
        "session": session,
        "scan_idx": scan_idx,
        "unit_id": units["unit_id"].to_numpy(),
        "readout_id": range(len(units)),
    }
    table = pd.DataFrame(ids).join(units.drop(columns="unit_id").reset_index(drop=True))
    with new_directory(final) as filling:
        torch.save(core, filling / CORE)
        torch.save(scan, filling / scan_file(session, scan_idx))
        scans.to_csv(filling / "scans.csv", index=False)
        table.to_csv(filling / "units.csv", index=False)
        text = json.dumps(dict(config), indent=1, ensure_ascii=False)
        (filling / "config.json").write_text(text + "\n", encoding="utf-8")
    return final
