"""Check that tensors are the weights of one network of the FNN family."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence

import torch

from napari_nfm.fnn.architecture import Architecture, expected_shapes
from napari_nfm.fnn.errors import (
    MissingKeysError,
    NonFiniteWeightsError,
    OtherNetworkError,
    UnexpectedKeysError,
    WrongDtypeError,
    WrongShapeError,
)
from napari_nfm.fnn.weight_files import PLAIN_WEIGHTS

__all__ = ["check_weights", "count_units"]


def count_units(state: Mapping[str, torch.Tensor], where: Callable[[str], object]) -> int:
    """Return the number of units that the readout of a state dict serves."""
    key = "readout.position.mu"
    if key not in state:
        raise MissingKeysError(f"File {where(key)} has no key {key!r}", PLAIN_WEIGHTS)
    return len(state[key]) if state[key].ndim else 0


def check_weights(state: Mapping[str, torch.Tensor], where: Callable[[str], object]) -> None:
    """Check keys, shapes, types and values of a whole state dict against its own architecture.

    Parameters
    ----------
    state
        All tensors of one network.
    where
        Names the file that a key is in, or ought to be in.

    Raises
    ------
    OtherNetworkError, MissingKeysError, UnexpectedKeysError, WrongShapeError, WrongDtypeError,
    NonFiniteWeightsError
        At the first fault, in this order.
    """
    if not any(key.startswith(("core.", "readout.", "perspective.")) for key in state):
        first = next(iter(state))
        raise OtherNetworkError(
            f"File {where(first)} holds the weights of another network (its first key is "
            f"{first[:60]!r})",
            "choose a checkpoint of the FNN",
        )
    _check_siblings(state, where)
    expected = _expected(state, where)
    _check_keys(state, expected, where)
    for key, shape in expected.items():
        tensor = state[key]
        _check_shape(key, tensor, shape, where)
        dtype = torch.bool if key.endswith(".mask") else torch.float32
        if tensor.dtype != dtype or tensor.layout != torch.strided:
            raise WrongDtypeError(
                f"Key {key!r} in {where(key)} is {_kind(tensor)} where plain "
                f"{str(dtype).removeprefix('torch.')} is expected",
                "convert it before it is saved",
            )
        if not torch.isfinite(tensor).all():
            raise NonFiniteWeightsError(
                f"Key {key!r} in {where(key)} contains NaN or infinite values",
                "use a checkpoint whose training did not diverge",
            )


def _check_siblings(state: Mapping[str, torch.Tensor], where: Callable[[str], object]) -> None:
    """Find the odd one out among streams, before the architecture is read off some of them."""
    shapes: dict[str, list[torch.Size]] = {}
    for key, tensor in state.items():
        family, _, stream = key.rpartition(".")
        layer, _, part = family.rpartition(".")
        if part in ("gains", "biases") and layer != "readout":
            weights = f"{layer}.weights.{stream}"
            if weights not in state:
                raise MissingKeysError(
                    f"File {where(weights)} has no key {weights!r}", PLAIN_WEIGHTS
                )
        if stream.isdigit():
            shapes.setdefault(family, []).append(tensor.shape)
    for key, tensor in state.items():
        family = key.rpartition(".")[0]
        if family in shapes:
            usual = Counter(shapes[family]).most_common(1)[0][0]
            _check_shape(key, tensor, usual, where)


def _expected(
    state: Mapping[str, torch.Tensor], where: Callable[[str], object]
) -> dict[str, tuple[int, ...]]:
    """Return all keys and shapes of the network that the state dict's own numbers describe."""
    try:
        architecture = Architecture.from_state_dict(state)
    except KeyError as error:
        key = error.args[0]
        raise MissingKeysError(f"File {where(key)} has no key {key!r}", PLAIN_WEIGHTS) from error
    except ValueError as error:
        key, _, fault = str(error).partition(" ")
        raise WrongShapeError(f"Key {key!r} in {where(key)} {fault}", PLAIN_WEIGHTS) from error
    n_units = count_units(state, where)
    try:
        return expected_shapes(architecture, n_units)
    except (ValueError, RuntimeError, ArithmeticError) as error:
        key = next(iter(state))
        raise WrongShapeError(
            f"The shapes of the weights in {where(key)} do not fit together", PLAIN_WEIGHTS
        ) from error


def _check_shape(
    key: str, tensor: torch.Tensor, expected: Sequence[int], where: Callable[[str], object]
) -> None:
    if tensor.shape != tuple(expected):
        raise WrongShapeError(
            f"Key {key!r} in {where(key)} has shape {tuple(tensor.shape)} where "
            f"{tuple(expected)} is expected",
            PLAIN_WEIGHTS,
        )


def _kind(tensor: torch.Tensor) -> str:
    names = [str(tensor.dtype)] + [str(tensor.layout)] * (tensor.layout != torch.strided)
    return " ".join(name.removeprefix("torch.") for name in names)


def _check_keys(
    state: Mapping[str, torch.Tensor],
    expected: Mapping[str, object],
    where: Callable[[str], object],
) -> None:
    missing = [key for key in expected if key not in state]
    if missing:
        raise MissingKeysError(
            f"File {where(missing[0])} has no key {missing[0]!r}{_and_others(missing)}",
            PLAIN_WEIGHTS,
        )
    extra = [key for key in state if key not in expected]
    if extra:
        raise UnexpectedKeysError(
            f"File {where(extra[0])} has the unknown key {extra[0][:60]!r}{_and_others(extra)}",
            "remove it from the state dict, or choose a checkpoint of the FNN",
        )


def _and_others(keys: list[str]) -> str:
    return f" (and {len(keys) - 1} more)" if len(keys) > 1 else ""
