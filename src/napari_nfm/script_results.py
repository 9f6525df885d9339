"""Results in a script, as their provenance says that they were computed."""

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Any

from napari_nfm.script_lines import Script, ScriptError, arguments
from napari_nfm.session import Session
from napari_nfm.site_results import OF_ALL_SITES, site_of

if TYPE_CHECKING:
    from napari_nfm.provenance import Provenance

__all__ = ["VARIABLES", "Key", "sites_of", "write_results"]

Key = str | tuple[str, str] | None
"""By which a session has a result: site, site and classifier, or None for one of all sites."""

VARIABLES = {
    "results": "trajectories",
    "manifolds": "manifold",
    "rank_choices": "rank_choice",
    "scores": "score",
    "accuracies": "accuracy",
    "comparisons": "comparison",
    "removals": "removal",
    "scorecard": "scorecard",
    "sensitivity": "sensitivity",
}
"""What the script calls a result of the session's field, where it has one."""


def sites_of(session: Session, name: str, key: Key) -> list[str]:
    """Return the sites whose responses a result needs.

    Raises
    ------
    ScriptError
        The result is of responses that were replaced since.
    """
    if key is not None:
        return [site_of(key)]
    if name in session.outdated:
        raise ScriptError(
            f"The {VARIABLES[name]} is of other responses than there are now", "compute it again"
        )
    return list(getattr(session, name).provenance.parameters["sites"])


def write_results(script: Script, session: Session, name: str, keys: Collection[Key]) -> None:
    """Give the script results of one field: by key where there are several."""
    variable, several = VARIABLES[name], len(keys) > 1
    if several:
        script.write(f"{name} = {{}}")
    for key in keys:
        target = f"{name}[{key!r}]" if several else variable
        result = getattr(session, name)
        provenance = (result if name in OF_ALL_SITES else result[key]).provenance
        script.write(f"{target} = {_call(script, session, name, key, provenance)}")
    if several:
        script.write(f"{variable} = {name}[{next(iter(keys))!r}]")


def _call(script: Script, session: Session, name: str, key: Key, made_by: "Provenance") -> str:
    """Return the call that makes a result."""
    parameters = dict(made_by.parameters)
    if given := [argument for argument, value in parameters.items() if value == "given"]:
        where = "" if key is None else f" of {key!r}"
        raise ScriptError(
            f"The {VARIABLES[name]}{where} has {' and '.join(given)} that were given by hand",
            "compute it with settings of the window",
        )
    sites = sites_of(session, name, key)
    module, _, function = made_by.function.rpartition(".")
    script.use(module, function)
    if name in OF_ALL_SITES:
        del parameters["sites"]
        data = f"{{site: responses[site] for site in {sites}}}"
    else:
        data = f"responses[{sites[0]!r}]"
    if name == "rank_choices":
        data, parameters = _sweep(script, data, parameters), {}
    return f"{function}({', '.join((data, *arguments(parameters)))})"


def _sweep(script: Script, responses: str, parameters: Mapping[str, Any]) -> str:
    """Return the call that decomposes the tensor of a manifold at many ranks."""
    for function in ("encoding_tensor", "sweep_ranks"):
        script.use("napari_nfm.analysis", function)
    tensor = f"encoding_tensor({responses}, spatial_frequency='auto')"
    return f"sweep_ranks({', '.join((tensor, *arguments(parameters)))})"
