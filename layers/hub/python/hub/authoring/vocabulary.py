"""What a case may speak of: the actions there are and their fields, and the names of the strategy.

A name that nobody has would never be met, and an expectation of nothing be fine with it.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any, get_origin

from pydantic import ValidationError

from hub.authoring.moments import read_moment
from hub.authoring.problems import Fault, did_you_mean, listed
from hub.authoring.sentences import first_mistake
from hub.connector_kit.declaration import Action, Connector
from hub.strategy.comparisons import Comparison
from hub.strategy.model import Mistake
from hub.strategy.strategy import Strategy

OF_EVERY_CALL = ("to", "who", "subject", "html", "text", "journey", "step", "variant", "at")
"""What may be asked of a call besides what the journey wrote."""


class Vocabulary:
    """Each method tells what is wrong, with its place below where the word stands; nothing if it is fine."""

    def __init__(self, strategy: Strategy, connectors: Iterable[Connector]) -> None:
        self._connectors = {connector.slug: connector for connector in connectors}
        self._actions = dict(_actions(self._connectors.values()))
        self._segments = strategy.segment_by_name
        self._journeys = strategy.journey_by_name
        self._templates = strategy.templates

    def action(self, address: str) -> Iterator[Fault]:
        """connector.action, or a connector for all of its actions."""
        if address not in self._actions:
            yield (), f"there is no action '{address}'", _nearest(address, self._actions)

    def connector(self, slug: str) -> Iterator[Fault]:
        if slug not in self._connectors:
            yield (), f"there is no connector '{slug}'", _nearest(slug, self._connectors)

    def segment(self, name: str) -> Iterator[Fault]:
        if name not in self._segments:
            yield (), f"unknown segment '{name}'", _nearest(name, self._segments)

    def journey(self, name: str) -> Iterator[Fault]:
        if name not in self._journeys:
            yield (), f"unknown journey '{name}'", _nearest(name, self._journeys)

    def call(self, address: str, fields: Mapping[str, Any]) -> Iterator[Fault]:
        """An action, and what some fields of its call must be."""
        yield from self.action(address)
        for name, wanted in fields.items() if address in self._actions else ():
            for path, message, advice in self._field(address, name, wanted):
                yield (name, *path), message, advice

    def _field(self, address: str, name: str, wanted: Any) -> Iterator[Fault]:
        actions = self._actions[address]
        known = {*OF_EVERY_CALL, *(field for one in actions for field in one.takes())}
        if name not in known:
            advice = did_you_mean(name, known, otherwise=f"known here: {listed(known)}")
            yield (), f"{address} has no field '{name}'", advice
        elif name == "step" and not isinstance(wanted, int | dict):
            yield (), f"'{wanted}' is no step", "write its number: the first is 0"
        elif name == "journey" and isinstance(wanted, str):
            yield from self.journey(wanted)
        elif name not in OF_EVERY_CALL and isinstance(wanted, str) and _is_template(name, actions):
            if wanted not in self._templates:
                yield (), f"unknown template '{wanted}'", _nearest(wanted, self._templates)
        elif name == "at" or not _is_group(name, actions):
            yield from _no_test(name, wanted)


def read_test(wanted: Any) -> Comparison:
    """A value, or a test of the segment language; Mistake for anything else."""
    try:
        return Comparison.model_validate(wanted)
    except ValidationError as error:
        raise first_mistake(error, wanted, Comparison) from None


def _no_test(name: str, wanted: Any) -> Iterator[Fault]:
    try:
        if name == "at":
            read_moment(wanted, 0)
        elif not isinstance(wanted, list):  # a list is what the field must be, word for word
            read_test(wanted)
    except Mistake as mistake:
        yield (), mistake.message, mistake.advice


def _is_template(name: str, actions: Collection[type[Action]]) -> bool:
    return any(action.template_names({name: name}) for action in actions)


def _is_group(name: str, actions: Collection[type[Action]]) -> bool:
    """Keys of the strategy's own: whether what stands there is a group or a test, only the call shows."""
    fields = (action.model_fields[name] for action in actions if name in action.model_fields)
    return any(get_origin(field.annotation) is dict for field in fields)


def _actions(connectors: Iterable[Connector]) -> Iterator[tuple[str, tuple[type[Action], ...]]]:
    for connector in connectors:
        yield connector.slug, tuple(connector.actions.values())
        for name, action in connector.actions.items():
            yield f"{connector.slug}.{name}", (action,)
            if action.inverse:
                yield f"{connector.slug}.{action.inverse}", (action,)


def _nearest(word: str, known: Collection[str]) -> str:
    return did_you_mean(word, known, otherwise=f"known: {listed(known)}" if known else "there is none at all")
