"""The hub's own: what the site shows at the next visit. Nobody is asked; GET /v1/decisions reads it."""

from collections.abc import Sequence
from typing import Any, ClassVar

from hub import connector_kit as kit
from hub.aws.connector_lambda import connector_handler
from hub.deliveries import Verb


class SiteCredentials(kit.Credentials):
    """None are needed."""

    @classmethod
    def example(cls) -> "SiteCredentials":
        return cls()


class Show(kit.Level):
    """Content in a slot of the site; hide takes it out again."""

    verb: ClassVar[Verb] = "show"
    channel = "site"
    inverse = "hide"
    level_field = "slot"
    example = kit.Example(params={"slot": "welcome", "content": "reminder"})

    slot: str
    content: kit.Rendered

    def row(self) -> kit.Row:
        return kit.Row(who=self.slot)

    @classmethod
    def on(cls, rows: Sequence[kit.Row], target: str, credentials: Any) -> None:
        """It stands by being wanted."""

    @classmethod
    def off(cls, rows: Sequence[kit.Row], target: str, credentials: Any) -> None:
        """It is gone by not being wanted."""


connector = kit.Connector(
    slug="site", credentials=SiteCredentials, actions=kit.actions(Show), batch_size=100, vendorless=True
)
handler = connector_handler(connector)
