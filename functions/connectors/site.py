"""The hub's own: content shown on the site at the next visit. There is no vendor to ask: GET /v1/decisions reads it."""

from collections.abc import Sequence
from typing import Any, ClassVar

from hub.aws.connector_lambda import connector_handler
from hub.connector_kit import Connector, Credentials, Example, Level, Rendered, Row, actions
from hub.connector_kit.examples import ANNA, REMINDER
from hub.deliveries import Verb


class SiteCredentials(Credentials):
    """None are needed."""

    @classmethod
    def example(cls) -> "SiteCredentials":
        return cls()


class Show(Level):
    """Content in a slot of the site; hide takes it out again."""

    verb: ClassVar[Verb] = "show"
    channel = "site"
    inverse = "hide"
    level_field = "slot"
    example = Example(
        params={"slot": "welcome", "content": "reminder"}, document=ANNA, templates={"reminder": REMINDER}
    )

    slot: str
    content: Rendered

    def row(self) -> Row:
        return Row(who=self.slot)

    @classmethod
    def on(cls, rows: Sequence[Row], target: str, credentials: Any) -> None:
        """It stands by being wanted."""

    @classmethod
    def off(cls, rows: Sequence[Row], target: str, credentials: Any) -> None:
        """It is gone by not being wanted."""


connector = Connector(
    slug="site", credentials=SiteCredentials, actions=actions(Show), batch_size=100, vendorless=True
)
handler = connector_handler(connector)
