"""Why code cannot be run."""


class IsolationError(RuntimeError):
    """Code cannot be run safely here. The text says what is missing and how to go on."""
