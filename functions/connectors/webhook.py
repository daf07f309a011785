"""Any HTTP endpoint of the operator's own, by the Standard Webhooks specification, outbound and inbound."""

import json
from collections.abc import Iterator
from typing import Annotated, Any, ClassVar

from pydantic import Field

from hub import connector_kit as kit
from hub.aws.connector_lambda import connector_handler
from hub.connector_kit.callbacks import Sender, withdrawal
from hub.connector_kit.signing import is_standard_webhook, sign_standard_webhook
from hub.deliveries import Status


class WebhookCredentials(kit.Credentials):
    url: str
    secrets: tuple[str, ...]
    """whsec_…; while one is rotated out, both sign."""
    authorization: str = ""
    """A static header, where the endpoint asks for one."""

    @classmethod
    def example(cls) -> "WebhookCredentials":
        secret = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="  # noqa: S105
        return cls(url="https://hooks.example.com/hub", secrets=(secret,))


class Post(kit.Send):
    """Tells the endpoint of a customer, by ids; what else it may know, the strategy writes into `data`."""

    channel = "webhook"
    # webhook-id stays the same on every attempt: the receiver drops what it has seen.
    repeatable: ClassVar[bool] = True
    example = kit.Example(
        params={"type": "cart.abandoned", "data": {"cart": "{{ cart.cart_id }}"}},
        requests=(
            kit.HttpRequest(
                method="POST",
                url="https://hooks.example.com/hub",
                headers={
                    "content-type": "application/json",
                    "webhook-id": "msg_1",
                    "webhook-timestamp": "1795255200",
                    "webhook-signature": "v1,ilbIuuW27XUN0mOVYCdXlMU9JyJ+C8FtxqxD2JoOwHY=",
                },
                body=b'{"type":"cart.abandoned","timestamp":"2026-11-21T10:00:00Z","data":{"cart":"cart-7",'
                b'"customer_id":"cust-42","profile_id":"p_anna","enrollment_id":"cart_recovery-1",'
                b'"journey":"cart_recovery","step":0,"message_id":"msg_1"}}',
                public_only=True,
            ),
        ),
    )

    type: str = "message.send"
    data: dict[str, Any] = Field(default_factory=dict)
    customer_id: Annotated[str, kit.From("profile.user_id")] = ""
    profile_id: Annotated[str, kit.From("message.profile_id")]
    enrollment_id: Annotated[str, kit.From("enrollment.id")]
    journey: Annotated[str, kit.From("enrollment.journey")]
    step: Annotated[int, kit.From("enrollment.step")]
    message_id: Annotated[str, kit.From("message.id")]
    planned_at: Annotated[str, kit.From("message.planned_at")]
    sent_at: Annotated[int, kit.From("message.sent_at")]

    def request(self, credentials: WebhookCredentials) -> kit.HttpRequest:
        body = self._body()
        signed = sign_standard_webhook(credentials.secrets, self.message_id, self.sent_at, body)
        headers = {
            "content-type": "application/json",
            "webhook-id": self.message_id,
            "webhook-timestamp": str(self.sent_at),
            "webhook-signature": signed,
        }
        if credentials.authorization:
            headers["authorization"] = credentials.authorization
        return kit.HttpRequest(
            method="POST", url=credentials.url, headers=headers, body=body, public_only=True
        )

    def _body(self) -> bytes:
        """Serialised once: these bytes are signed and these are sent."""
        ids = self.model_dump(
            include={"customer_id", "profile_id", "enrollment_id", "journey", "step", "message_id"}
        )
        content = {"type": self.type, "timestamp": self.planned_at, "data": {**self.data, **ids}}
        return json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()


def _signed(hook: kit.Hook, credentials: WebhookCredentials) -> bool:
    return is_standard_webhook(credentials.secrets, hook.headers, hook.body, hook.real_at)


def _read(hook: kit.Hook, _credentials: WebhookCredentials) -> Iterator[kit.News]:
    """`message.<status>` with the ids we sent, or `consent.withdrawn` with user_id or email, and purposes."""
    kind, data = str(hook.at("type")), hook.at("data")
    status = kind.removeprefix("message.")
    if kind != status and status in set(Status):
        yield _SENDER.report(data, Status(status), hook.received_at)
    if kind == "consent.withdrawn":
        yield withdrawal(data["purposes"], hook, "webhook", hook.headers["webhook-id"], data)


_SENDER = Sender(connector="webhook", action="post", channel="webhook")

connector = kit.Connector(
    slug="webhook",
    credentials=WebhookCredentials,
    actions=kit.actions(Post),
    # By the specification whatever is not a 2xx is tried again; these say plainly that it is no use.
    answers=kit.Answers(
        statuses={400: "refused", 404: "refused", 410: "gone", 413: "refused", 422: "refused"}
    ),
    callbacks=kit.Callbacks(verify=_signed, read=_read),
)
handler = connector_handler(connector)
