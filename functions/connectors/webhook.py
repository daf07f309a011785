"""Any HTTP endpoint of the operator's own, by the Standard Webhooks specification, outbound and inbound."""

import json
from collections.abc import Iterator
from typing import Annotated, Any, ClassVar

from hub.aws.connector_lambda import connector_handler
from hub.connector_kit import (
    Answers,
    Callbacks,
    Connector,
    Credentials,
    Example,
    From,
    Hook,
    HttpRequest,
    News,
    Send,
    actions,
)
from hub.connector_kit.callbacks import report, withdrawal
from hub.connector_kit.examples import ANNA
from hub.connector_kit.signing import is_standard_webhook, sign_standard_webhook
from hub.deliveries import Status


class WebhookCredentials(Credentials):
    url: str
    secrets: tuple[str, ...]
    """whsec_…; while one is rotated out, both sign."""
    authorization: str = ""
    """A static header, where the endpoint asks for one."""

    @classmethod
    def example(cls) -> "WebhookCredentials":
        return cls(
            url="https://hooks.example.com/hub",
            secrets=("whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=",),
        )


class Post(Send):
    """Tells the endpoint about a customer, by id; what else it may know, the strategy writes into `data`."""

    channel = "webhook"
    # webhook-id stays the same on every attempt: the receiver drops what it has seen.
    repeatable: ClassVar[bool] = True
    example = Example(
        params={"type": "cart.abandoned", "data": {"cart": "{{ cart.cart_id }}"}},
        document=ANNA,
        requests=(
            HttpRequest(
                method="POST",
                url="https://hooks.example.com/hub",
                headers={
                    "content-type": "application/json",
                    "webhook-id": "msg_1",
                    "webhook-timestamp": "1795255200",
                    "webhook-signature": "v1,TO BE COMPUTED",
                },
                body=b"TO BE COMPUTED",
                public_only=True,
            ),
        ),
    )

    type: str = "message.send"
    data: dict[str, Any] = {}
    customer_id: Annotated[str, From("profile.user_id")] = ""
    profile_id: Annotated[str, From("message.profile_id")]
    enrollment_id: Annotated[str, From("enrollment.id")]
    journey: Annotated[str, From("enrollment.journey")]
    step: Annotated[int, From("enrollment.step")]
    message_id: Annotated[str, From("message.id")]
    planned_at: Annotated[str, From("message.planned_at")]
    sent_at: Annotated[int, From("message.sent_at")]

    def request(self, credentials: WebhookCredentials) -> HttpRequest:
        body = self._body()
        signature = sign_standard_webhook(credentials.secrets, self.message_id, self.sent_at, body)
        headers = {
            "content-type": "application/json",
            "webhook-id": self.message_id,
            "webhook-timestamp": str(self.sent_at),
            "webhook-signature": signature,
        }
        extra = {"authorization": credentials.authorization} if credentials.authorization else {}
        return HttpRequest(
            method="POST", url=credentials.url, headers=headers | extra, body=body, public_only=True
        )

    def _body(self) -> bytes:
        """Serialised once: these bytes are signed and these are sent."""
        ids = self.model_dump(
            include={"customer_id", "profile_id", "enrollment_id", "journey", "step", "message_id"}
        )
        content = {"type": self.type, "timestamp": self.planned_at, "data": {**self.data, **ids}}
        return json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()


def _signed(hook: Hook, credentials: WebhookCredentials) -> bool:
    return is_standard_webhook(credentials.secrets, hook.headers, hook.body, hook.real_at)


def _read(hook: Hook, _credentials: WebhookCredentials) -> Iterator[News]:
    """`message.<status>` with the ids we sent, or `consent.withdrawn` with user_id or email, and purposes."""
    kind, data = str(hook.at("type")), hook.at("data")
    _, _, status = kind.partition("message.")
    if status in set(Status):
        yield report(
            data,
            status=Status(status),
            at=hook.received_at,
            connector="webhook",
            action="post",
            channel="webhook",
        )
    if kind == "consent.withdrawn":
        yield withdrawal(
            data.get("purposes", ()),
            hook=hook,
            source="webhook",
            message_id=hook.headers["webhook-id"],
            user_id=str(data.get("user_id") or ""),
            email=str(data.get("email") or ""),
        )


connector = Connector(
    slug="webhook",
    credentials=WebhookCredentials,
    actions=actions(Post),
    # By the specification whatever is not a 2xx is tried again; these say plainly that it is no use.
    answers=Answers(statuses={400: "refused", 404: "refused", 410: "gone", 413: "refused", 422: "refused"}),
    callbacks=Callbacks(verify=_signed, read=_read),
)
handler = connector_handler(connector)
