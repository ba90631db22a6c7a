"""Every error this library raises on purpose.

    BrainstormError
    ├── BriefError        the brief cannot be used as it stands           (also a ValueError)
    │   └── NoSuchTextError        there is no text with that number (also an IndexError)
    ├── ModelError        the model cannot be made ready
    │   ├── MissingPackageError    a package for it is not installed       (also an ImportError)
    │   ├── MissingWeightsError    its weights are not on this machine     (also a FileNotFoundError)
    │   └── MissingKeyError        no API key was found for it
    ├── NoIdeasError      every call failed, or none said anything usable
    ├── EmbeddingError    the embedder cannot be made ready, or gave the wrong shape
    └── RunFileError      a run file cannot be read or written

A call that fails inside a run is not raised: it is a `Failure` in the result.
"""

from __future__ import annotations

from typing import Any


class BrainstormError(Exception):
    """Base of all errors of this library.

    Attributes:
        message: what is wrong, in one sentence.
        hint: what to do about it, in one sentence, or "".
        retryable: whether the same request may succeed later unchanged.
    """

    def __init__(self, message: str, *, hint: str = "", retryable: bool = False) -> None:
        super().__init__(f"{message} {hint}".rstrip())
        self.message = message
        self.hint = hint
        self.retryable = retryable


class BriefError(BrainstormError, ValueError):
    """The brief cannot be used as it stands."""


class NoSuchTextError(BriefError, IndexError):
    """There is no text with that number."""


class ModelError(BrainstormError):
    """The model cannot be made ready."""


class MissingPackageError(ModelError, ImportError):
    """A package that the model needs is not installed."""


class MissingWeightsError(ModelError, FileNotFoundError):
    """The model's weights are not on this machine."""

    def __str__(self) -> str:  # FileNotFoundError would print its errno tuple
        return str(self.args[0])


class MissingKeyError(ModelError):
    """No API key was found for the model's provider."""


class NoIdeasError(BrainstormError):
    """Every call failed, or none said anything usable.

    Attributes:
        result: the `IdeaSet` of the run: failures, rejected texts, usage and every reply.
        status: HTTP status that most calls which failed were answered with; `None` without any.
        retry_after: seconds that the provider asks to wait, or `None`.
    """

    def __init__(
        self,
        message: str,
        *,
        hint: str = "",
        retryable: bool = False,
        result: Any = None,
        status: int | None = None,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(message, hint=hint, retryable=retryable)
        self.result, self.status, self.retry_after = result, status, retry_after


class EmbeddingError(BrainstormError):
    """The embedder cannot be made ready, or returned the wrong shape."""


class RunFileError(BrainstormError):
    """A run file cannot be read or written."""
