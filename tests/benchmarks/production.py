"""The production stack's template, as `cdk deploy -c stage=prod` makes it but for what is in its layers."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import boto3
from aws_cdk import App
from aws_cdk.assertions import Template as SynthesisedTemplate

from hub.authoring import compile_strategy
from hub.connector_kit import discover
from hub.strategy.strategy import Strategy
from infra.context import choices_of, chosen_connectors
from infra.hub_stack import HubStack
from infra.packaging import Assets
from tests.moto_stack import MotoStack, Template, resources

STAGE = "prod"


def template(directory: Path) -> Template:
    """`directory` takes the compiled strategy, in `strategy/`."""
    app = App(context={"stage": STAGE})
    choices, connectors = choices_of(app.node), discover()
    compile_strategy(choices.strategy, directory / "strategy", connectors)
    strategy = Strategy.load(directory / "strategy")
    stack = HubStack(
        app,
        choices,
        strategy=strategy,
        connectors=chosen_connectors(choices.connectors, strategy, connectors),
        assets=Assets(dependencies=directory, strategy=directory),
    )
    return dict(SynthesisedTemplate.from_stack(stack).to_json())


def functions(template: Template) -> Mapping[str, Mapping[str, Any]]:
    """Module -> properties, of our own Lambdas (CDK may bring some of its own)."""
    return {
        properties["Handler"].removesuffix(".handler"): properties
        for _, properties in resources(template, "AWS::Lambda::Function")
        if properties["Handler"].endswith(".handler") and "HUB_STAGE" in str(properties.get("Environment"))
    }


class Stack(MotoStack):
    """Its tables and queues in moto."""

    def queue(self, name: str) -> str:
        url: str = boto3.client("sqs").create_queue(QueueName=f"hub-{STAGE}-{name}")["QueueUrl"]
        return url
