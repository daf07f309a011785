"""Example credentials for every connector of the stack, led to the sandbox."""

from collections.abc import Iterable

from cli.local_stack.deployment import client
from cli.local_stack.places import STAGE
from cli.local_stack.records import StackInfo
from cli.strategies import audiences_of
from hub.connector_kit import Connector, Credentials
from hub.deployed import secret_name
from hub.strategy.strategy import Strategy


def put_all(connectors: Iterable[Connector], strategy: Strategy, info: StackInfo) -> None:
    secrets = client("secretsmanager", info.aws_endpoint_url)
    for connector in connectors:
        text = made_up(connector, strategy, info).model_dump_json()
        secrets.put_secret_value(SecretId=secret_name(STAGE, connector.slug), SecretString=text)


def made_up(connector: Connector, strategy: Strategy, info: StackInfo) -> Credentials:
    example = connector.credentials.rehearsal(audiences_of(strategy, connector.slug))
    changed = {"base_url": f"{info.sandbox.rstrip('/')}/{connector.slug}"}
    if "unsubscribe_address" in type(example).model_fields:
        changed["unsubscribe_address"] = f"{info.endpoint}/hooks/{connector.slug}"
    return example.model_copy(update=changed)
