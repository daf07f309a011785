"""Templates of the stages, synthesised once each, without building a layer."""

from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from aws_cdk import App
from aws_cdk.assertions import Template as SynthesisedTemplate

from hub.authoring import compile_strategy
from hub.connector_kit import discover
from hub.strategy.strategy import Strategy
from infra.context import choices_of, chosen_connectors
from infra.hub_stack import HubStack
from infra.packaging import Assets
from tests.moto_stack import Template, resources

TemplateOf = Callable[..., Template]


@pytest.fixture(scope="session")
def template_of(tmp_path_factory: pytest.TempPathFactory) -> TemplateOf:
    """`template_of("prod", speed="60")`: what `cdk synth -c stage=prod -c speed=60` gives."""

    @cache
    def synthesise(stage: str, **context: str) -> Template:
        directory = tmp_path_factory.mktemp(stage)
        return _synthesise(directory, {"stage": stage, **context})

    return synthesise


def _synthesise(directory: Path, context: dict[str, str]) -> Template:
    app = App(context=context)
    choices, connectors = choices_of(app.node), discover()
    compile_strategy(choices.strategy, directory / "strategy", connectors)
    strategy = Strategy.load(directory / "strategy")
    wheels = directory / "wheels"
    wheels.mkdir()
    stack = HubStack(
        app,
        choices,
        strategy=strategy,
        connectors=chosen_connectors(choices.connectors, strategy, connectors),
        assets=Assets(dependencies=wheels, strategy=directory),
    )
    return dict(SynthesisedTemplate.from_stack(stack).to_json())


@pytest.fixture(scope="session")
def prod(template_of: TemplateOf) -> Template:
    return template_of("prod")


def properties_of(template: Template, kind: str) -> list[dict[str, Any]]:
    return [properties for _, properties in resources(template, kind)]


def functions(template: Template) -> Iterator[tuple[str, dict[str, Any]]]:
    """(name without its stage, properties) of every Lambda."""
    for properties in properties_of(template, "AWS::Lambda::Function"):
        yield properties["FunctionName"].split("-", 2)[2], properties
