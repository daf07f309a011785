"""What customers do in a case: messages of the tracking spec, short to write."""

from typing import Annotated, Any, Self

from pydantic import Field, JsonValue, model_validator

from hub.strategy.durations import PositiveDuration
from hub.strategy.model import EventName, Mistake, Model, Name, in_words

_DONE = ("track", "identify", "page", "consents", "message")
_OF_AN_EVENT = ("properties",)
_OF_WHO_SAYS_IT = ("context", "user_id", "anonymous_id")


class Done(Model):
    """What a customer does: one of track, identify, page, consents, message."""

    track: EventName | None = None
    """An event, by its name."""
    identify: dict[str, JsonValue] | None = None
    """She says who she is: traits, e.g. {email: anna@example.com}."""
    page: str | None = None
    """She looks at a page, by its name."""
    consents: dict[Name, Annotated[bool, Field(strict=True)]] | None = None
    """Her word on purposes, e.g. {email: false}."""
    message: dict[str, JsonValue] | None = None
    """Anything else: a message of the tracking spec as a client posts it."""
    properties: dict[str, JsonValue] = {}
    """Of a track or a page."""
    context: dict[str, JsonValue] = {}
    """As a client sends it, e.g. {timezone: Europe/Prague}."""
    user_id: str = ""
    """Who does it, if not the customer of the case."""
    anonymous_id: str = ""
    """The device it is done on; without user_id she is not known by name."""
    ago: PositiveDuration | None = None
    """It happened so long before, and is heard of only now."""

    @model_validator(mode="after")
    def _one_thing(self) -> Self:
        exactly_one(self, _DONE)
        _beside(self, _OF_AN_EVENT, ("identify", "consents"), "only a track or a page has properties")
        _beside(self, _OF_AN_EVENT + _OF_WHO_SAYS_IT, ("message",), "write it inside the message")
        return self

    def to_message(self) -> dict[str, Any]:
        """A message of the tracking spec."""
        if self.message is not None:
            return dict(self.message)
        told = self._told()
        context = {**told.pop("context", {}), **self.context}
        who = {"userId": self.user_id, "anonymousId": self.anonymous_id, "context": context}
        return {**told, **{name: value for name, value in who.items() if value}}

    def _told(self) -> dict[str, Any]:
        if self.track is not None:
            return {"type": "track", "event": self.track, "properties": self.properties}
        if self.identify is not None:
            return {"type": "identify", "traits": self.identify}
        if self.page is not None:
            return {"type": "page", "name": self.page, "properties": self.properties}
        preferences = {"consent": {"categoryPreferences": self.consents}}
        return {"type": "track", "event": "Segment Consent Preference Updated", "context": preferences}


def written_in(model: Model, words: tuple[str, ...]) -> list[str]:
    """Which of these keys have something behind them."""
    return [word for word in words if getattr(model, word) is not None]


def _beside(model: Model, words: tuple[str, ...], others: tuple[str, ...], advice: str) -> None:
    """Mistake where one of the words is written beside one of the others, which has no use for it."""
    for other in written_in(model, others):
        for word in words:
            if word in model.model_fields_set:
                raise Mistake(f"'{word}' stands beside '{other}'", advice, key=word)


def exactly_one(model: Model, words: tuple[str, ...]) -> None:
    """Mistake unless one of these keys is written, and no other."""
    written = written_in(model, words)
    if not written:
        raise Mistake("nothing is said", f"write one of {in_words(words)}")
    if len(written) > 1:
        raise Mistake(f"{in_words(written)} stand together", "give each a line and a dash of its own")
