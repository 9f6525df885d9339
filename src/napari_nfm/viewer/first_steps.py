"""The short path that a newcomer is led along: what to do next, and why."""

from collections.abc import Callable
from dataclasses import dataclass

from napari_nfm.session import Session

__all__ = ["FIRST_STEPS", "FirstStep", "next_step"]


@dataclass(frozen=True)
class FirstStep:
    """One thing to do.

    Attributes
    ----------
    name
        Which of them, for whoever does it.
    title
        What to do, as a heading.
    text
        What will be seen, and why it is worth it.
    button
        The label of the button that leads there.
    is_done
        Whether the session shows that it was done.
    """

    name: str
    title: str
    text: str
    button: str
    is_done: Callable[[Session], bool]


FIRST_STEPS = (
    FirstStep(
        "try",
        "Load a network and stimuli",
        "A small trained twin comes with the plugin. The movie plays in the canvas, and the "
        "feature maps of one layer beside it.",
        "Try it now",
        lambda session: bool(session.responses) or session.twin is not None,
    ),
    FirstStep(
        "stimuli",
        "Choose its stimuli",
        "Gratings and moving dots in eight directions, as in the study. The movie plays in the "
        "canvas, and the feature maps of one layer beside it.",
        "Draw the stimuli",
        lambda session: bool(session.responses) or session.stimuli is not None,
    ),
    FirstStep(
        "record",
        "Record its layers",
        "Every stimulus is played to the twin once, in the background, and units are sampled "
        "from each layer.",
        "Go to Record",
        lambda session: bool(session.responses),
    ),
    FirstStep(
        "encode",
        "See its units as a map",
        "On the encoding manifold each point is a unit, and units that respond alike are "
        "neighbours.",
        "Go to Analyse",
        lambda session: bool(session.manifolds),
    ),
    FirstStep(
        "select",
        "Click a unit",
        "Click a point of the manifold, or draw a box or a lasso: its place lights up on the "
        "feature map, its responses in the dock Unit.",
        "Open Unit",
        lambda session: bool(session.selection.units),
    ),
    FirstStep(
        "score",
        "Measure the tubes",
        "Tubularity says how tightly the trajectories of one stimulus run together, beside the "
        "published values of retina and V1.",
        "Open Tubularity",
        lambda session: bool(session.scores),
    ),
)


def next_step(session: Session) -> FirstStep | None:
    """Return the first step that is not done yet, or None where all are."""
    return next((step for step in FIRST_STEPS if not step.is_done(session)), None)
