"""Meta Custom Audiences (Marketing API): customers in and out of audiences, by hashed contact data."""

import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import replace
from typing import ClassVar

from hub import connector_kit as kit
from hub.aws.connector_lambda import connector_handler
from hub.clock import MINUTE, Duration, Instant
from hub.connector_kit import hashing

SCHEMA = ["EXTERN_ID", "EMAIL", "PHONE", "FN", "LN", "CT", "ZIP", "COUNTRY"]


class MetaCredentials(kit.AudienceCredentials):
    """A system user's token has no refresh grant: when it dies, a person makes a new one."""

    access_token: str
    app_secret: str = ""
    """Given, every call carries its proof (appsecret_proof)."""
    api_version: str = "v26.0"
    """Marketing API versions live about a year; an expired one is silently replaced by a newer one."""

    @classmethod
    def example(cls) -> "MetaCredentials":
        return cls(access_token="EAAB-example", audiences={"cart_abandoners": "120210000000000001"})  # noqa: S106

    @property
    def proof(self) -> dict[str, str]:
        signed = hmac.new(self.app_secret.encode(), self.access_token.encode(), hashlib.sha256).hexdigest()
        return {"appsecret_proof": signed} if self.app_secret else {}


_USERS = kit.HttpRequest(
    method="POST",
    url="https://graph.facebook.com/v26.0/120210000000000001/users",
    headers={"authorization": "Bearer EAAB-example"},
    json={
        "payload": {
            "schema": ["EXTERN_ID", "EMAIL", "PHONE", "FN", "LN", "CT", "ZIP", "COUNTRY"],
            "data": [
                [
                    "cust-42",
                    "a618476a3af2aed73b8158f46a446a4765d8e6bde1bb59f58a698a2567ac3b9d",
                    "e03d152bbe638d9fe7a04f9b88a67674bf15b73c0981755c16eb78d177721e03",
                    "55579b557896d0ce1764c47fed644f9b35f58bad620674af23f356d80ed0c503",
                    "4c617e204d9c1bf3abcb445df3a808c9f5c18c18668b29c3399d38946bc35bd8",
                    "26c98ec3b46b0a4f7bd5e464268df74a0ca7af24f2f1ec6cfdc27b5122a598fa",
                    "4eae493e6faa833589c87de609450298d15d3a344685a821ecb61d385f97e090",
                    "1843653496800edfd0d30326c82f53b0338ed408468cca4a2f1b52f2f6395fc9",
                ]
            ],
        }
    },
)


class Join(kit.ContactMembership):
    """Into an audience; leave takes out every row that was ever put in."""

    batch: ClassVar[int] = 10_000
    example = kit.Example(
        params={"audience": "cart_abandoners"},
        requests=(_USERS,),
        answers=(kit.Answer.of(200, {"audience_id": "120210000000000001", "num_received": 1}),),
        inverse=(replace(_USERS, method="DELETE"),),
    )

    def row(self) -> kit.Row:
        normal = (
            hashing.plain_email(self.email),
            hashing.digits_only(self.phone),
            hashing.bare_name(self.first_name),
            hashing.bare_name(self.last_name),
            hashing.meta_city(self.city),
            hashing.meta_zip(self.postal_code, self.country),
            hashing.iso_country(self.country),
        )
        return kit.Row(who=[self.external_id, *map(hashing.sha256_hex, normal)])

    @classmethod
    def on(cls, rows: Sequence[kit.Row], target: str, credentials: MetaCredentials) -> kit.HttpRequest:
        return _users("POST", rows, target, credentials)

    @classmethod
    def off(cls, rows: Sequence[kit.Row], target: str, credentials: MetaCredentials) -> kit.HttpRequest:
        return _users("DELETE", rows, target, credentials)


def _users(method: str, rows: Sequence[kit.Row], target: str, api: MetaCredentials) -> kit.HttpRequest:
    return kit.HttpRequest(
        method=method,
        url=f"https://graph.facebook.com/{api.api_version}/{api.audience_id(target)}/users",
        headers={"authorization": f"Bearer {api.access_token}"},
        query=api.proof,
        # No session: batches of up to 10,000 rows do without (so Segment and RudderStack send them).
        json={"payload": {"schema": SCHEMA, "data": [row.who for row in rows]}},
    )


def _regain_access(answer: kit.Answer, _now: Instant) -> Duration | None:
    """Meta has no Retry-After; the usage header says when access comes back, in minutes."""
    header = answer.headers.get("x-business-use-case-usage", "")
    usage = kit.Answer(status=200, body=header.encode()).json or {}
    minutes = [use.get("estimated_time_to_regain_access", 0) for uses in usage.values() for use in uses]
    return max(minutes, default=0) * MINUTE or None


connector = kit.Connector(
    slug="meta_custom_audiences",
    credentials=MetaCredentials,
    actions=kit.actions(Join),
    answers=kit.Answers(
        # An error may come with status 200.
        code=("error.code", "error.error_subcode"),
        text="error.message",
        transient="error.is_transient",
        wait=_regain_access,
        codes={
            **dict.fromkeys(
                map(str, [1, 2, 4, 17, 32, 294, 341, 368, 613, 2650, *range(80000, 80015)]), "retry"
            ),
            **dict.fromkeys(["100", "105", "1487301"], "refused"),
            **dict.fromkeys(["100/33", "1487366"], "gone"),
            **dict.fromkeys(map(str, [10, 102, 190, *range(200, 300)]), "auth"),
        },
    ),
    batch_size=1_000,
)
handler = connector_handler(connector)
