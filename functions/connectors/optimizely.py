"""Optimizely Data Platform: content for personalisation, as attributes of the vendor's customer profile."""

import re
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import model_validator

from hub.aws.connector_lambda import connector_handler
from hub.connector_kit import (
    Answer,
    Answers,
    Connector,
    Credentials,
    Example,
    From,
    HttpRequest,
    Row,
    Upsert,
    actions,
)
from hub.connector_kit import hashing as h
from hub.connector_kit.examples import ANNA


class OptimizelyCredentials(Credentials):
    api_key: str
    """The private key; it does not expire."""
    region: Literal["us1", "eu1", "au1"] = "us1"
    """The wrong region is another data store, without any error."""
    clear_with: Literal["null", "empty"] = "null"
    """What withdraws an attribute. Not in the vendor's reference; try it on one profile before relying on it."""

    @classmethod
    def example(cls) -> "OptimizelyCredentials":
        return cls(api_key="W4WzcEs-example")

    @property
    def nothing(self) -> str | None:
        return None if self.clear_with == "null" else ""


def _invalids(answer: Answer) -> Mapping[int, str]:
    """ODP is known, not documented, to name the bad items: {"detail": {"invalids": [{"event": 3, …}]}}."""
    invalids = answer.at("detail.invalids")
    named = [re.search(r"\d+", str(one.get("event", one.get("index", "")))) for one in invalids or []]
    return {int(found.group()): "invalid attributes" for found in named if found}


class UpdateProfile(Upsert):
    """Sets attributes; the fields must have been declared in ODP. Its inverse empties them."""

    channel = "personalisation"
    batch: ClassVar[int] = 500
    example = Example(
        params={"attributes": {"open_cart": "{{ cart.summary }}", "cart_value": "{{ cart.value }}"}},
        document=ANNA,
        requests=(
            HttpRequest(
                method="POST",
                url="https://api.us1.odp.optimizely.com/v3/profiles",
                headers={"x-api-key": "W4WzcEs-example"},
                json=[
                    {
                        "attributes": {
                            "customer_id": "cust-42",
                            "email": "anna.jansen+shop@gmail.com",
                            "open_cart": "2 x Green tea",
                            "cart_value": 59.95,
                        }
                    }
                ],
            ),
        ),
        answers=(Answer.of(202, {"title": "Accepted", "status": 202, "timestamp": "2026-11-21T10:00:00Z"}),),
        inverse=(
            HttpRequest(
                method="POST",
                url="https://api.us1.odp.optimizely.com/v3/profiles",
                headers={"x-api-key": "W4WzcEs-example"},
                json=[
                    {
                        "attributes": {
                            "customer_id": "cust-42",
                            "email": "anna.jansen+shop@gmail.com",
                            "open_cart": None,
                            "cart_value": None,
                        }
                    }
                ],
            ),
        ),
    )

    attributes: dict[str, Any]
    customer_id: Annotated[str, From("profile.user_id")] = ""
    email: Annotated[str, From("profile.traits.email", "profile.email")] = ""

    @classmethod
    def content(cls, params: Mapping[str, Any]) -> Sequence[str]:
        return list(params["attributes"])

    @model_validator(mode="after")
    def _can_be_matched(self) -> Self:
        if not (self.customer_id or h.plain_email(self.email)):
            raise ValueError("neither customer_id nor email")
        return self

    def row(self) -> Row:
        who = {"customer_id": self.customer_id, "email": h.plain_email(self.email)}
        return Row(who={field: value for field, value in who.items() if value}, what=self.attributes)

    @classmethod
    def on(cls, rows: Sequence[Row], target: str, credentials: OptimizelyCredentials) -> HttpRequest:  # noqa: ARG003
        return _profiles([{**row.who, **row.what} for row in rows], credentials)

    @classmethod
    def off(cls, rows: Sequence[Row], target: str, credentials: OptimizelyCredentials) -> HttpRequest:  # noqa: ARG003
        nothing = credentials.nothing
        return _profiles([{**row.who, **dict.fromkeys(row.what, nothing)} for row in rows], credentials)


def _profiles(profiles: Sequence[Mapping[str, Any]], credentials: OptimizelyCredentials) -> HttpRequest:
    return HttpRequest(
        method="POST",
        url=f"https://api.{credentials.region}.odp.optimizely.com/v3/profiles",
        headers={"x-api-key": credentials.api_key},
        json=[{"attributes": attributes} for attributes in profiles],
    )


connector = Connector(
    slug="optimizely",
    credentials=OptimizelyCredentials,
    actions=actions(UpdateProfile),
    # The whole request is refused for one bad field (400): the kit drops the rows named, else halves the batch.
    answers=Answers(text="title", statuses={400: "row", 404: "refused", 413: "row"}, bad_rows=_invalids),
    batch_size=500,
    pace=10,
)
handler = connector_handler(connector)
