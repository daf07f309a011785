"""Optimizely Data Platform: content for personalisation, as attributes of the vendor's customer profile."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import model_validator

from hub import connector_kit as kit
from hub.aws.connector_lambda import connector_handler
from hub.connector_kit.hashing import plain_email


class OptimizelyCredentials(kit.Credentials):
    api_key: str
    """The private key; it does not expire."""
    region: Literal["us1", "eu1", "au1"] = "us1"
    """The wrong region is another data store, without any error."""
    clear_with: Literal["null", "empty"] = "null"
    """What withdraws an attribute: not in the vendor's reference, so try it on one profile first."""

    @classmethod
    def example(cls) -> "OptimizelyCredentials":
        return cls(api_key="W4WzcEs-example")


_WHO = {"customer_id": "cust-42", "email": "anna.jansen+shop@gmail.com"}
_SET = kit.HttpRequest(
    method="POST",
    url="https://api.us1.odp.optimizely.com/v3/profiles",
    headers={"x-api-key": "W4WzcEs-example"},
    json=[{"attributes": {**_WHO, "open_cart": "2 x Green tea", "cart_value": 59.95}}],
)


class UpdateProfile(kit.Upsert):
    """Sets attributes, which must have been declared in ODP. Withdrawn, they are emptied."""

    channel = "personalisation"
    batch: ClassVar[int] = 500
    example = kit.Example(
        params={"attributes": {"open_cart": "{{ cart.summary }}", "cart_value": "{{ cart.value }}"}},
        requests=(_SET,),
        answers=(kit.Answer.of(202, {"title": "Accepted", "status": 202}),),
        inverse=(replace(_SET, json=[{"attributes": {**_WHO, "open_cart": None, "cart_value": None}}]),),
    )

    attributes: dict[str, Any]
    customer_id: Annotated[str, kit.From("profile.user_id")] = ""
    email: Annotated[str, kit.From("profile.traits.email", "profile.email")] = ""

    @model_validator(mode="after")
    def _can_be_matched(self) -> Self:
        if not (self.customer_id or plain_email(self.email)):
            raise ValueError("neither user_id nor email")
        return self

    @classmethod
    def content(cls, params: Mapping[str, Any]) -> Sequence[str]:
        return list(params["attributes"])

    def row(self) -> kit.Row:
        who = {"customer_id": self.customer_id, "email": plain_email(self.email)}
        return kit.Row(who={field: value for field, value in who.items() if value}, what=self.attributes)

    @classmethod
    def on(cls, rows: Sequence[kit.Row], _target: str, credentials: OptimizelyCredentials) -> kit.HttpRequest:
        return _profiles([{**row.who, **row.what} for row in rows], credentials)

    @classmethod
    def off(
        cls, rows: Sequence[kit.Row], _target: str, credentials: OptimizelyCredentials
    ) -> kit.HttpRequest:
        nothing = None if credentials.clear_with == "null" else ""
        return _profiles([{**row.who, **dict.fromkeys(row.what, nothing)} for row in rows], credentials)


def _profiles(profiles: Sequence[Mapping[str, Any]], credentials: OptimizelyCredentials) -> kit.HttpRequest:
    return kit.HttpRequest(
        method="POST",
        url=f"https://api.{credentials.region}.odp.optimizely.com/v3/profiles",
        headers={"x-api-key": credentials.api_key},
        json=[{"attributes": attributes} for attributes in profiles],
    )


def _invalids(answer: kit.Answer) -> Mapping[int, str]:
    """ODP is known, not documented, to name the bad items: {"detail": {"invalids": [{"event": 3, …}]}}."""
    invalids = answer.at("detail.invalids") or []
    named = [re.search(r"\d+", str(one.get("event", one.get("index", "")))) for one in invalids]
    return {int(found.group()): "invalid attributes" for found in named if found}


connector = kit.Connector(
    slug="optimizely",
    credentials=OptimizelyCredentials,
    actions=kit.actions(UpdateProfile),
    # One bad field refuses the whole request (400): the rows named are dropped, else the batch is halved.
    answers=kit.Answers(text="title", statuses={400: "row", 404: "refused", 413: "row"}, bad_rows=_invalids),
    batch_size=500,
    pace=10,
)
handler = connector_handler(connector)
