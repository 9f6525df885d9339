"""How much memory the computing device has left, and how to tell that it ran out."""

import psutil
import torch

__all__ = ["free_memory", "is_out_of_memory", "release_memory"]


def free_memory(device: torch.device) -> int:
    """Return the free memory of a device in bytes."""
    if device.type == "cuda":
        return torch.cuda.mem_get_info(device)[0]
    if device.type == "mps":
        return torch.mps.recommended_max_memory() - torch.mps.driver_allocated_memory()
    return psutil.virtual_memory().available


def is_out_of_memory(error: BaseException) -> bool:
    """Tell whether an error means that the device has too little memory."""
    if isinstance(error, torch.OutOfMemoryError | MemoryError):
        return True
    # MPS and the CPU's allocator raise a plain RuntimeError.
    said = str(error).lower()
    return isinstance(error, RuntimeError) and (
        "out of memory" in said or "can't allocate memory" in said
    )


def release_memory(device: torch.device) -> None:
    """Give cached memory of an accelerator back, so that smaller pieces fit."""
    if device.type == "cuda":
        torch.cuda.empty_cache()
    elif device.type == "mps":
        torch.mps.empty_cache()
