"""What a connector must know to speak for us, and how little of it may be wrong."""

from abc import abstractmethod
from collections.abc import Iterable
from typing import Self
from zlib import crc32

from pydantic import BaseModel, ConfigDict

from hub.deliveries import Message
from hub.errors import ConfigurationError


class Credentials(BaseModel):
    """A connector's secret `hub/<stage>/<slug>`, as JSON. A misspelt field is an error, not a silence."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    base_url: str = ""
    """Replaces the vendor's host in every request, tokens included: sandboxes and regional endpoints."""

    @classmethod
    @abstractmethod
    def example(cls) -> Self:
        """Values of the right form that open nothing: for examples, tests and the first deploy."""

    @classmethod
    def rehearsal(cls, audiences: Iterable[str] = ()) -> Self:  # noqa: ARG003
        """The example, made to fit a strategy that names these audiences: for sandboxes."""
        return cls.example()

    def unsubscribe_url(self, message: Message) -> str:  # noqa: ARG002
        """Where this message's reader says no more; "" where the vendor sees to it."""
        return ""


class AudienceCredentials(Credentials):
    """For vendors whose audiences are made in their own console: our name -> their id."""

    audiences: dict[str, str] = {}

    @classmethod
    def rehearsal(cls, audiences: Iterable[str] = ()) -> Self:
        """Each audience gets an id made of digits, always the same for the same name."""
        numbered = {name: str(10**9 + crc32(name.encode())) for name in audiences}
        example = cls.example()
        return example.model_copy(update={"audiences": {**example.audiences, **numbered}})

    def audience_id(self, name: str) -> str:
        if name not in self.audiences:
            raise ConfigurationError(
                f"the secret has no audience {name!r}: add it under `audiences` with the vendor's id"
            )
        return self.audiences[name]
