"""Amazon SES: e-mail. One recipient a call, for copies share tags and opens."""

import re
from collections.abc import Iterator, Mapping
from typing import Annotated, Any

from pydantic import AfterValidator

from hub.aws.connector_lambda import connector_handler
from hub.clock import MINUTE, Duration, Instant
from hub.connector_kit import (
    Answer,
    Answers,
    AwsRequest,
    Callbacks,
    Connector,
    Credentials,
    Example,
    From,
    Hook,
    News,
    Rendered,
    Send,
    actions,
)
from hub.connector_kit.callbacks import report
from hub.connector_kit.examples import ANNA, REMINDER
from hub.connector_kit.hashing import delivery_email
from hub.connector_kit.unsubscribing import (
    confirmation_page,
    read_one_click,
    unsubscribe_link,
    wrote_the_link,
)
from hub.deliveries import Message, Status


class AmazonSesCredentials(Credentials):
    """SES itself needs no secret (the Lambda's role signs); this is how mail goes out."""

    from_address: str
    """`Name <address>` of a verified identity."""
    configuration_set: str = ""
    """Where events come from."""
    reply_to: str = ""
    region: str = ""
    """Of the identity, where it is not the Lambda's own."""
    unsubscribe_address: str = ""
    """The hub's own address, https://…/hooks/amazon_ses; with the secret it makes one-click unsubscribe links."""
    unsubscribe_secret: str = ""

    @classmethod
    def example(cls) -> "AmazonSesCredentials":
        return cls(
            from_address="Shop <news@mail.example.com>",
            configuration_set="cdh-prod",
            unsubscribe_address="https://hub.example.com/hooks/amazon_ses",
            unsubscribe_secret="unsubscribe-example",  # noqa: S106
        )

    def unsubscribe_url(self, message: Message) -> str:
        return unsubscribe_link(self.unsubscribe_address, self.unsubscribe_secret, message)


class SendEmail(Send):
    """A letter from a template, with one-click unsubscribe; its ids travel as tags and come back with events."""

    channel = "email"
    example = Example(
        params={"template": "reminder"},
        document=ANNA,
        templates={"reminder": REMINDER},
        requests=(
            AwsRequest(
                service="sesv2",
                operation="send_email",
                params={
                    "FromEmailAddress": "Shop <news@mail.example.com>",
                    "Destination": {"ToAddresses": ["Anna.Jansen+Shop@gmail.com"]},
                    "ConfigurationSetName": "cdh-prod",
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
                },
            ),
        ),
        answers=(Answer.of(200, {"MessageId": "0100-example"}),),
    )

    template: Rendered
    to: Annotated[str, From("profile.traits.email", "profile.email"), AfterValidator(delivery_email)]
    send_id: Annotated[str, From("message.id")]
    profile_id: Annotated[str, From("message.profile_id")]
    enrollment_id: Annotated[str, From("enrollment.id")]
    journey: Annotated[str, From("enrollment.journey")]
    step: Annotated[str, From("enrollment.step")]
    unsubscribe_url: Annotated[str, From("unsubscribe_url")] = ""

    def request(self, credentials: AmazonSesCredentials) -> AwsRequest:
        chosen = {
            "ConfigurationSetName": credentials.configuration_set,
            "ReplyToAddresses": [credentials.reply_to] if credentials.reply_to else [],
        }
        params = {
            "FromEmailAddress": credentials.from_address,
            "Destination": {"ToAddresses": [self.to]},
            "EmailTags": self._tags(),
            "Content": {"Simple": self._letter()},
        }
        given = {name: value for name, value in chosen.items() if value}
        return AwsRequest(
            service="sesv2", operation="send_email", params=params | given, region=credentials.region
        )

    def _letter(self) -> dict[str, Any]:
        bodies = {"Html": self.template.html, "Text": self.template.text}
        headers = {
            "List-Unsubscribe": f"<{self.unsubscribe_url}>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        }
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


def _daily_quota(answer: Answer, _now: Instant) -> Duration | None:
    """There is no Retry-After; a spent daily quota comes back only as the 24-hour window rolls."""
    return 10 * MINUTE if "quota" in str(answer.at("message")).lower() else None


_EVENTS: Mapping[str, Status] = {
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


def _one_click(hook: Hook, credentials: AmazonSesCredentials) -> Iterator[News]:
    return read_one_click(
        credentials.unsubscribe_secret, hook, connector="amazon_ses", action="send_email", channel="email"
    )


def _event(hook: Hook, _credentials: AmazonSesCredentials) -> Iterator[News]:
    """A configuration set's event, by EventBridge: our tags come back in it."""
    kind, tags = str(hook.at("detail.eventType")), hook.at("detail.mail.tags")
    if kind in _EVENTS and isinstance(tags, dict) and "send_id" in tags:
        bounce = f"{hook.at('detail.bounce.bounceType')} {hook.at('detail.bounce.bounceSubType')}".strip()
        yield report(
            {**tags, "message_id": tags["send_id"]},
            status=_EVENTS[kind],
            at=hook.received_at,
            connector="amazon_ses",
            action="send_email",
            channel="email",
            reason=bounce,
        )


connector = Connector(
    slug="amazon_ses",
    credentials=AmazonSesCredentials,
    actions=actions(SendEmail),
    answers=Answers(
        code=("code",),
        text="message",
        vendor_id="MessageId",
        wait=_daily_quota,
        codes={
            # Throttling has two names and two statuses.
            **dict.fromkeys(["TooManyRequestsException", "ThrottlingException", "Throttling"], "retry"),
            **dict.fromkeys(
                ["MessageRejected", "BadRequestException", "NotFoundException", "LimitExceededException"],
                "refused",
            ),
            # These stop all mail until a person has seen to the account, so messages wait for it.
            **dict.fromkeys(
                ["AccountSuspendedException", "SendingPausedException", "MailFromDomainNotVerifiedException"],
                "auth",
            ),
        },
    ),
    callbacks=Callbacks(
        verify=lambda hook, credentials: wrote_the_link(credentials.unsubscribe_secret, hook),
        read=_one_click,
        page=lambda hook, _credentials: confirmation_page(hook),
        event_source="aws.ses",
        read_event=_event,
    ),
    aws_actions=("ses:SendEmail",),
)
handler = connector_handler(connector)
