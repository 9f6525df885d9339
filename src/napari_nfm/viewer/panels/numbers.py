"""Lists of channels as people write them."""

__all__ = ["parse_numbers"]


def parse_numbers(text: str, limit: int, most: int) -> tuple[int, ...]:
    """Read ``3, 8, 20-25`` as numbers from 0 up to `limit`, each once; empty for no text.

    Raises
    ------
    ValueError
        With one sentence, where the text is something else, a number is out of range, or there
        are more than `most`.
    """
    numbers: dict[int, None] = {}
    for part in text.replace("–", "-").split(","):
        first, dash, last = part.strip().partition("-")
        if not part.strip():
            continue
        if not first.strip().isdecimal() or (dash and not last.strip().isdecimal()):
            raise ValueError(f"“{part.strip()}” is not a channel; write them as 0-11 or 3, 8, 20.")
        start, stop = int(first), int(last) if dash else int(first)
        if max(start, stop) >= limit:
            raise ValueError(f"There are {limit} channels here, numbered from 0 to {limit - 1}.")
        numbers.update(dict.fromkeys(range(start, stop + 1)))
    if len(numbers) > most:
        raise ValueError(f"{len(numbers)} channels are too many to see; choose up to {most}.")
    return tuple(numbers)
