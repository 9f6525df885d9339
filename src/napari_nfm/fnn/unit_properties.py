"""Published properties of units, from a CSV whose rows name their units."""

from pathlib import Path

import pandas as pd

from napari_nfm.fnn.errors import UnitPropertiesError

__all__ = ["read_unit_properties"]

NAMES_OF_SCAN = ("session", "scan_idx")


def read_unit_properties(path: str | Path, units: pd.DataFrame) -> pd.DataFrame:
    """Read a table of unit properties and give each row to its unit.

    Rows are matched by ``readout_id``, else by ``unit_id``, and by ``session`` and ``scan_idx``
    too where the table has them, as tables of several scans do (such as the functional properties
    of the MICrONS release). Their order does not matter.

    Parameters
    ----------
    path
        A CSV with a header; lines that begin with ``#`` are left out.
    units
        The twin's table of units, ``Twin.units``.

    Returns
    -------
    DataFrame
        The other columns, indexed by ``readout_id``; only units that the table has. What is not
        a number is text, empty where it is missing.

    Raises
    ------
    UnitPropertiesError
        The file is missing or no such table, has no column that names units, names one twice, or
        has none of these units.
    """
    path = Path(path).expanduser()
    table = _read(path)
    known = units.reset_index()
    keys = [name for name in ("readout_id", "unit_id") if name in table and name in known][:1]
    if not keys:
        raise UnitPropertiesError(
            f"The table {path} has no column that names the network's units",
            "give one with a column readout_id, or unit_id where the network's units.csv has it",
        )
    keys += [name for name in NAMES_OF_SCAN if name in table and name in known]
    wrong = [name for name in keys if not pd.api.types.is_integer_dtype(table[name])]
    if wrong:
        raise UnitPropertiesError(
            f"The column {wrong[0]!r} of {path} is not all whole numbers",
            "mend these rows or leave them out",
        )
    # Whatever else names units is no property of them.
    others = [str(name) for name in table if name not in ("readout_id", "unit_id", *NAMES_OF_SCAN)]
    found = known[[*{"readout_id": None, **dict.fromkeys(keys)}]].merge(
        table[[*keys, *others]], on=keys
    )
    if found.empty:
        raise UnitPropertiesError(
            f"None of the units in {path} is one of this network's {len(units):,}",
            f"give a table of the same scan, whose {' and '.join(keys)} agree",
        )
    repeated = found["readout_id"][found["readout_id"].duplicated()]
    if len(repeated):
        unit = found[found["readout_id"] == repeated.iloc[0]].iloc[0]
        named = ", ".join(f"{name} {unit[name]}" for name in keys)
        raise UnitPropertiesError(
            f"The table {path} has more than one row for {named}",
            "keep one row per unit, or add session and scan_idx",
        )
    properties = found.set_index("readout_id").sort_index()[others]
    text = [name for name in others if not pd.api.types.is_numeric_dtype(properties[name])]
    properties[text] = properties[text].fillna("").astype(str)
    return properties


def _read(path: Path) -> pd.DataFrame:
    try:
        return pd.read_csv(path, comment="#", skipinitialspace=True)
    except FileNotFoundError as error:
        raise UnitPropertiesError(f"There is no file {path}", "check the path") from error
    except (ValueError, OSError) as error:  # pandas' parser errors are ValueErrors
        raise UnitPropertiesError(
            f"The file {path} is not a readable CSV table",
            "save it as comma-separated text with a header",
        ) from error
