"""The whole stack's template, as `hub up` deploys it. A module of its own: CDK takes seconds to import."""

from pathlib import Path

from aws_cdk import App
from aws_cdk.assertions import Template as SynthesisedTemplate

from hub.authoring import compile_strategy
from hub.connector_kit import discover
from hub.strategy.strategy import Strategy
from infra.context import choices_of
from infra.hub_stack import HubStack
from infra.packaging import Assets
from tests.moto_stack import Template


def synthesise(directory: Path, **context: str) -> Template:
    """`directory` takes the compiled strategy; `context` is what `-c name=value` says."""
    app = App(context={"stage": "local", **context})
    choices, connectors = choices_of(app.node), discover()
    compile_strategy(choices.strategy, directory / "strategy", connectors)
    stack = HubStack(
        app,
        choices,
        strategy=Strategy.load(directory / "strategy"),
        connectors=connectors,
        assets=Assets(dependencies=None, strategy=directory),
    )
    return dict(SynthesisedTemplate.from_stack(stack).to_json())
