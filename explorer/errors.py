"""The one error that people read."""


class ExplorerError(Exception):
    """Something went wrong that can be said in one plain sentence.

    `message` names the cause, `hint` the next step ("" where there is none).
    """

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message} {self.hint}".rstrip()


class WeightsMissing(ExplorerError):  # noqa: N818 - a state of this machine, mended by a download
    """A model's pretrained weights are not on this machine, and fetching them was not allowed."""


class Cancelled(Exception):  # noqa: N818 - a wish of the user, not an error
    """Raised inside work that somebody asked to stop; nobody is shown it."""
