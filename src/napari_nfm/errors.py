"""The root of every error that a person can mend."""

__all__ = ["NeuralFoundationModelError"]


class NeuralFoundationModelError(Exception):
    """What is wrong, where it is, and what to do, as one sentence.

    Each package derives its own types from this class in its ``errors`` module. The
    command line prints ``str(error)``; the window shows it in a notification.

    Parameters
    ----------
    problem
        What is wrong and where (file, key, argument), without a full stop.
    remedy
        What the reader can do about it, without a full stop.
    """

    def __init__(self, problem: str, remedy: str) -> None:
        super().__init__(f"{problem}; {remedy}.")
        self.problem = problem
        self.remedy = remedy

    def __reduce__(self) -> tuple[type, tuple[str, str]]:
        # Exceptions cross process boundaries (Dask, multiprocessing) by their arguments.
        return type(self), (self.problem, self.remedy)
