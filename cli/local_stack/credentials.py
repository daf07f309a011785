"""Example credentials for every connector of the stack, led to the sandbox."""

from collections.abc import Iterable

from cli.local_stack.deployment import client
from cli.local_stack.places import STAGE
from cli.local_stack.records import StackInfo
from hub.connector_kit import Connector, Credentials
from hub.strategy.strategy import Strategy

PREFIX = f"hub/{STAGE}/"


def put_all(connectors: Iterable[Connector], strategy: Strategy, info: StackInfo) -> None:
    secrets = client("secretsmanager", info.aws_endpoint_url)
    for connector in connectors:
        text = made_up(connector, strategy, info).model_dump_json()
        secrets.put_secret_value(SecretId=PREFIX + connector.slug, SecretString=text)


def made_up(connector: Connector, strategy: Strategy, info: StackInfo) -> Credentials:
    example = connector.credentials.rehearsal(audiences(connector.slug, strategy))
    changed = {"base_url": f"{info.sandbox.rstrip('/')}/{connector.slug}"}
    if "unsubscribe_address" in type(example).model_fields:
        changed["unsubscribe_address"] = f"{info.endpoint}/hooks/{connector.slug}"
    return example.model_copy(update=changed)


def audiences(slug: str, strategy: Strategy) -> list[str]:
    """What the strategy's journeys let customers join at this connector."""
    steps = (step for journey in strategy.journeys for step in journey.steps)
    joins = (do for step in steps for do in step.actions if do.connector == slug and do.facts)
    return sorted({do.facts.target for do in joins if do.facts and do.facts.verb == "join"})
