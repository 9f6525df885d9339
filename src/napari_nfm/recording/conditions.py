"""What is played: every pair of category and direction, identical sequences once."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from napari_nfm.stimuli import StimulusSet
from napari_nfm.titles import category_title

__all__ = ["Condition", "PlayedSequence", "find_conditions", "take_batch"]


@dataclass(frozen=True)
class PlayedSequence:
    """One sequence of frames to play.

    Parameters
    ----------
    category
        Name of the stimulus category.
    direction
        Direction in degrees.
    instance
        Index of the instance.
    count
        How many instances of the condition have these frames.
    """

    category: str
    direction: float
    instance: int
    count: int


@dataclass(frozen=True)
class Condition:
    """Sequences whose mean is recorded, and for which categories and directions it stands.

    Parameters
    ----------
    index
        Its number in the order played.
    sequences
        The different sequences among the instances.
    targets
        Indices of category and direction; more than one pair where their frames are identical.
    """

    index: int
    sequences: tuple[PlayedSequence, ...]
    targets: tuple[tuple[int, int], ...]

    @property
    def n_instances(self) -> int:
        """Number of instances in the mean, identical ones included."""
        return sum(sequence.count for sequence in self.sequences)

    @property
    def label(self) -> str:
        """Category and direction, for people."""
        first = self.sequences[0]
        return f"{category_title(first.category)} {first.direction:g}°"


def find_conditions(stimuli: StimulusSet) -> tuple[Condition, ...]:
    """List the conditions of a stimulus set in the order of its categories and directions.

    Parameters
    ----------
    stimuli
        The set to play.

    Returns
    -------
    tuple of Condition
        Each with its different sequences; conditions with identical sequences are one.
    """
    sequences: dict[tuple, tuple[PlayedSequence, ...]] = {}
    targets: dict[tuple, list[tuple[int, int]]] = {}
    for c, category in enumerate(stimuli.categories):
        for d, direction in enumerate(stimuli.directions):
            keys = [
                stimuli.sequence_key(category, direction, instance)
                for instance in range(stimuli.n_instances)
            ]
            counts = Counter(keys)
            same = tuple(sorted(counts.items()))
            targets.setdefault(same, []).append((c, d))
            sequences.setdefault(
                same,
                tuple(
                    PlayedSequence(category, direction, keys.index(key), count)
                    for key, count in counts.items()
                ),
            )
    return tuple(
        Condition(index, sequences[same], tuple(targets[same]))
        for index, same in enumerate(sequences)
    )


def take_batch(conditions: Sequence[Condition], batch_size: int) -> Sequence[Condition]:
    """Take the next conditions whose sequences fit into `batch_size`, but at least one.

    Parameters
    ----------
    conditions
        What remains to be played, in order.
    batch_size
        Sequences that are played in lockstep.

    Returns
    -------
    sequence of Condition
        The first of `conditions`.
    """
    n_sequences = 0
    for index, condition in enumerate(conditions):
        n_sequences += len(condition.sequences)
        if n_sequences > batch_size:
            return conditions[: max(index, 1)]
    return conditions
