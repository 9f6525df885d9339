"""Sizes and times as people say them."""

__all__ = ["say_duration", "say_size"]


def say_size(n_bytes: int) -> str:
    """Say a size, as "1.4 GB"."""
    if n_bytes < 1e9:
        return f"{n_bytes / 1e6:.3g} MB"
    return f"{n_bytes / 1e9:.3g} GB"


def say_duration(seconds: float) -> str:
    """Say a time in words, as "3 min"."""
    if seconds < 90:
        return f"{max(1, round(seconds))} s"
    if seconds < 5400:
        return f"{round(seconds / 60)} min"
    return f"{seconds / 3600:.1f} h"
