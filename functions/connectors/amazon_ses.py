"""Amazon SES: e-mail. One recipient a call, because copies would share tags and opens."""

import re
from collections.abc import Iterator, Mapping
from typing import Annotated, Any

from pydantic import AfterValidator

from hub import connector_kit as kit
from hub.aws.connector_lambda import connector_handler
from hub.clock import MINUTE, Duration, Instant
from hub.connector_kit.callbacks import Sender
from hub.connector_kit.hashing import delivery_email
from hub.connector_kit.unsubscribing import UnsubscribeCredentials, one_click
from hub.deliveries import Status


class AmazonSesCredentials(UnsubscribeCredentials):
    """SES needs no secret, the Lambda's role signs; this says how mail goes out."""

    from_address: str
    """`Name <address>` of a verified identity."""
    configuration_set: str = ""
    """Where events come from."""
    reply_to: str = ""
    region: str = ""
    """Of the identity, where it is not the Lambda's own."""

    @classmethod
    def example(cls) -> "AmazonSesCredentials":
        return cls(
            from_address="Shop <news@mail.example.com>",
            configuration_set="cdh-prod",
            unsubscribe_address="https://hub.example.com/hooks/amazon_ses",
            unsubscribe_secret="unsubscribe-example",  # noqa: S106
        )


_EXAMPLE = {
    "FromEmailAddress": "Shop <news@mail.example.com>",
    "Destination": {"ToAddresses": ["Anna.Jansen+Shop@gmail.com"]},
    "EmailTags": [
        {"Name": "send_id", "Value": "msg_1"},
        {"Name": "profile_id", "Value": "p_anna"},
        {"Name": "enrollment_id", "Value": "cart_recovery-1"},
        {"Name": "journey", "Value": "cart_recovery"},
        {"Name": "step", "Value": "0"},
    ],
    "Content": {
        "Simple": {
            "Subject": {"Data": "You left something behind", "Charset": "UTF-8"},
            "Body": {
                "Html": {"Data": "<p>Hi Anna</p>", "Charset": "UTF-8"},
                "Text": {"Data": "Hi Anna", "Charset": "UTF-8"},
            },
            "Headers": [
                {"Name": "List-Unsubscribe", "Value": "<https://hub.test/hooks/x?token=t>"},
                {"Name": "List-Unsubscribe-Post", "Value": "List-Unsubscribe=One-Click"},
            ],
        }
    },
    "ConfigurationSetName": "cdh-prod",
}


class SendEmail(kit.Send):
    """A letter from a template, with one-click unsubscribe; its ids travel as tags and come back."""

    channel = "email"
    example = kit.Example(
        params={"template": "reminder"},
        requests=(kit.AwsRequest(service="sesv2", operation="send_email", params=_EXAMPLE),),
        answers=(kit.Answer.of(200, {"MessageId": "0100-example"}),),
    )

    template: kit.Rendered
    to: Annotated[str, kit.From("profile.traits.email", "profile.email"), AfterValidator(delivery_email)]
    send_id: Annotated[str, kit.From("message.id")]
    profile_id: Annotated[str, kit.From("message.profile_id")]
    enrollment_id: Annotated[str, kit.From("enrollment.id")]
    journey: Annotated[str, kit.From("enrollment.journey")]
    step: Annotated[str, kit.From("enrollment.step")]
    unsubscribe_url: Annotated[str, kit.From("unsubscribe_url")] = ""

    def request(self, credentials: AmazonSesCredentials) -> kit.AwsRequest:
        params: dict[str, Any] = {
            "FromEmailAddress": credentials.from_address,
            "Destination": {"ToAddresses": [self.to]},
            "EmailTags": self._tags(),
            "Content": {"Simple": self._letter()},
        }
        if credentials.configuration_set:
            params["ConfigurationSetName"] = credentials.configuration_set
        if credentials.reply_to:
            params["ReplyToAddresses"] = [credentials.reply_to]
        return kit.AwsRequest(
            service="sesv2", operation="send_email", params=params, region=credentials.region
        )

    def _letter(self) -> dict[str, Any]:
        bodies = {"Html": self.template.html, "Text": self.template.text}
        link = f"<{self.unsubscribe_url}>"
        headers = {"List-Unsubscribe": link, "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}
        return {
            "Subject": _utf8(self.template.subject),
            "Body": {kind: _utf8(text) for kind, text in bodies.items() if text},
            "Headers": _named(headers) if self.unsubscribe_url else [],
        }

    def _tags(self) -> list[dict[str, str]]:
        ids = self.model_dump(include={"send_id", "profile_id", "enrollment_id", "journey", "step"})
        # SES takes letters, digits, _ and - in a tag.
        return _named({name: re.sub(r"[^A-Za-z0-9_-]", "_", value)[:256] for name, value in ids.items()})


def _utf8(text: str) -> dict[str, str]:
    return {"Data": text, "Charset": "UTF-8"}


def _named(values: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"Name": name, "Value": value} for name, value in values.items()]


def _daily_quota(answer: kit.Answer, _now: Instant) -> Duration | None:
    """There is no Retry-After; a spent daily quota comes back only as the 24-hour window rolls."""
    return 10 * MINUTE if "quota" in str(answer.at("message")).lower() else None


_STATUSES = {
    "Send": Status.SENT,
    "Delivery": Status.DELIVERED,
    "DeliveryDelay": Status.DEFERRED,
    "Bounce": Status.BOUNCED,
    "Complaint": Status.COMPLAINED,
    "Reject": Status.REJECTED,
    "Rendering Failure": Status.FAILED,
    "Open": Status.OPENED,
    "Click": Status.CLICKED,
    "Subscription": Status.UNSUBSCRIBED,
}
_SENDER = Sender(connector="amazon_ses", action="send_email", channel="email")


def _event(hook: kit.Hook, _credentials: AmazonSesCredentials) -> Iterator[kit.News]:
    """What became of a letter, by way of the configuration set and EventBridge."""
    kind, tags = str(hook.at("detail.eventType")), hook.at("detail.mail.tags")
    if kind in _STATUSES and isinstance(tags, dict) and "send_id" in tags:
        bounce = f"{hook.at('detail.bounce.bounceType')} {hook.at('detail.bounce.bounceSubType')}".strip()
        ids = {**tags, "message_id": tags["send_id"]}
        yield _SENDER.report(ids, _STATUSES[kind], hook.received_at, reason=bounce)


_RETRIED = ["TooManyRequestsException", "ThrottlingException", "Throttling"]
_REFUSED = ["MessageRejected", "BadRequestException", "NotFoundException", "LimitExceededException"]
# These stop all mail until a person has seen to the account: the letters wait.
_STOPPED = ["AccountSuspendedException", "SendingPausedException", "MailFromDomainNotVerifiedException"]

connector = kit.Connector(
    slug="amazon_ses",
    credentials=AmazonSesCredentials,
    actions=kit.actions(SendEmail),
    answers=kit.Answers(
        code=("code",),
        text="message",
        vendor_id="MessageId",
        wait=_daily_quota,
        codes={
            **dict.fromkeys(_RETRIED, "retry"),
            **dict.fromkeys(_REFUSED, "refused"),
            **dict.fromkeys(_STOPPED, "auth"),
        },
    ),
    callbacks=one_click(_SENDER, event_source="aws.ses", read_event=_event),
)
handler = connector_handler(connector)
