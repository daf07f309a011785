"""Actions of journeys against the connectors and templates there are."""

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import product
from typing import Any, get_args

from hub.authoring.liquid_text import LiquidText, liquid_problems
from hub.authoring.problems import Fault, Path, Problem, did_you_mean, listed
from hub.authoring.sources import Sources
from hub.authoring.template_files import TemplateSource
from hub.authoring.written import Written
from hub.connector_kit.declaration import Action, Channel, Connector
from hub.strategy.journeys import Do, Journey, Step
from hub.strategy.policy import Policy

Placed = tuple[Written, Path, Do]


def liquid_in_params(sources: Sources) -> Iterator[Problem]:
    for text in placed_texts(sources):
        yield from liquid_problems(text)


def placed_texts(sources: Sources) -> Iterator[LiquidText]:
    """What may be Liquid in the actions of journeys."""
    for written, path, do in _actions(sources):
        for inner, text in _texts(do.params, (*path, do.address)):
            place = written.place(inner)
            yield LiquidText(text, written.file, place.line, place.column, ".".join(map(str, inner)))


def action_problems(sources: Sources, connectors: Sequence[Connector]) -> Iterator[Problem]:
    by_slug = {connector.slug: connector for connector in connectors}
    templates = {source.name: source for source in sources.templates}
    for written, path, do in _actions(sources):
        yield from _of_action(written, (*path, do.address), do, by_slug, templates)
    for source in sources.journeys:
        if source.model:
            yield from _twice(source.written, source.model, by_slug)


def policy_action_problems(sources: Sources, connectors: Sequence[Connector]) -> Iterator[Problem]:
    """Purposes for connectors that are not there, and channels that no connector has."""
    if sources.policy is None or sources.policy.model is None:
        return
    for path, message, advice in policy_action_faults(sources.policy.model, connectors):
        yield sources.policy.written.problem(path, message, advice)


def policy_action_faults(policy: Policy, connectors: Sequence[Connector]) -> Iterator[Fault]:
    by_slug = {connector.slug: connector for connector in connectors}
    for address in policy.purposes:
        slug, _, action = address.partition(".")
        for message, advice in _unknown(slug, action, by_slug):
            yield ("purposes", address), message, advice
    channels = get_args(Channel)
    for path, channel in _channels(policy):
        if channel not in channels:
            advice = did_you_mean(channel, channels, otherwise=f"known: {listed(channels)}")
            yield path, f"unknown channel '{channel}'", advice


def _actions(sources: Sources) -> Iterator[Placed]:
    for source in sources.journeys:
        for index, step in enumerate(source.model.steps if source.model else ()):
            for path, do in _of_step(step):
                yield source.written, ("steps", index, *path), do


def _of_step(step: Step) -> Iterator[tuple[Path, Do]]:
    yield from ((("do", index), do) for index, do in enumerate(step.do))
    yield from ((("choose", index), do) for index, do in enumerate(step.choose))
    for number, variant in enumerate(step.variants):
        yield from ((("variants", number, "do", index), do) for index, do in enumerate(variant.do))


def _of_action(
    written: Written, path: Path, do: Do, by_slug: dict[str, Connector], templates: dict[str, TemplateSource]
) -> Iterator[Problem]:
    unknown = list(_unknown(do.connector, do.action, by_slug))
    yield from (written.problem(path, message, advice) for message, advice in unknown)
    if unknown:
        return
    action = by_slug[do.connector].actions[do.action]
    for sentence in action.check_params(do.params):
        key = next((key for key in do.params if f"{key}:" in sentence or f"'{key}'" in sentence), "")
        yield written.problem((*path, key), f"{do.address} {sentence}", "see docs/connectors.md")
    for name in action.template_names(do.params):
        yield from _template(written, path, action, name, templates)


def _unknown(slug: str, action: str, by_slug: dict[str, Connector]) -> Iterator[tuple[str, str]]:
    if slug not in by_slug:
        advice = did_you_mean(slug, by_slug, otherwise=f"known: {listed(by_slug, most=30)}")
        yield f"unknown connector '{slug}'", advice
    elif action and action not in by_slug[slug].actions:
        known = by_slug[slug].actions
        yield (
            f"{slug} has no action '{action}'",
            did_you_mean(action, known, otherwise=f"it has {listed(known)}"),
        )


def _template(
    written: Written, path: Path, action: type[Action], name: str, templates: dict[str, TemplateSource]
) -> Iterator[Problem]:
    where = (*path, next((key for key, value in _params(written, path).items() if value == name), ""))
    if name not in templates:
        advice = did_you_mean(name, templates, otherwise=f"write templates/{name}.liquid")
        yield written.problem(where, f"unknown template '{name}'", advice)
    elif action.channel == "email" and (found := templates[name].template) and not found.subject:
        advice = f"begin {templates[name].file} with front matter: ---, subject: …, ---"
        yield written.problem(where, f"template '{name}' has no subject, and an e-mail needs one", advice)


def _params(written: Written, path: Path) -> dict[str, Any]:
    data = written.data
    for step in path:
        data = data[step]
    return data or {}


def _twice(written: Written, journey: Journey, by_slug: dict[str, Connector]) -> Iterator[Problem]:
    """Two actions of one step that are one and the same to the hub: only one of them would be done."""
    for index, step in enumerate(journey.steps):
        for together in _runs(step):
            counted = Counter(_message(do, by_slug) for do in together)
            for (address, _), count in counted.items():
                if count > 1:
                    advice = "keep one, or put the second into a step of its own"
                    yield written.problem(
                        ("steps", index), f"'{address}' stands in one step {count} times", advice
                    )


def _runs(step: Step) -> Iterator[tuple[Do, ...]]:
    """What one customer may get at once: all of do, one of choose, one of the variants."""
    chosen: list[tuple[Do, ...]] = [(do,) for do in step.choose] or [()]
    varied: list[tuple[Do, ...]] = [variant.do for variant in step.variants] or [()]
    yield from ((*step.do, *choice, *variant) for choice, variant in product(chosen, varied))


def _message(do: Do, by_slug: dict[str, Connector]) -> tuple[str, str]:
    known = by_slug.get(do.connector)
    action = known.actions.get(do.action) if known else None
    target = action.target(do.params) if action else ""
    return do.address, target or do.model_dump_json()


def _channels(policy: Policy) -> Iterator[tuple[Path, str]]:
    yield from (
        (("caps", index, "channel"), cap.channel) for index, cap in enumerate(policy.caps) if cap.channel
    )
    if policy.quiet_hours and "channels" in policy.quiet_hours.model_fields_set:
        yield from (
            (("quiet_hours", "channels", index), name)
            for index, name in enumerate(policy.quiet_hours.channels)
        )


def _texts(value: Any, path: Path) -> Iterator[tuple[Path, str]]:
    if isinstance(value, str) and "{" in value:
        yield path, value
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _texts(inner, (*path, key))
    if isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _texts(inner, (*path, index))
