"""Conversations with a vendor: tokens, base URLs, and plans of several requests."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from connectors import display_video_360, google_ads, intercom
from hub.clock import HOUR, MINUTE
from hub.connector_kit import Answer, Connector, Plan, Row
from hub.connector_kit.outcomes import Auth, Refused, Retry, Sent, Unknown
from hub.connector_kit.requests import HttpRequest, LostAnswer, NeverLeft
from hub.connector_kit.vendor import Said, Vendor
from tests.fakes_delivery import FakeSecrets, FakeTime, FakeTransport

CONTACT = Row(
    who={"external_id": "cust-42", "email": "anna@example.com"}, what={"attributes": {"a": 1}, "note": ""}
)


class Script:
    """Answers by path; a list is used up one by one, its last stays."""

    def __init__(self, **answers: Sequence[Answer | Exception]) -> None:
        self.answers = {name: list(planned) for name, planned in answers.items()}

    def __call__(self, request: HttpRequest) -> Answer:
        name = request.url.rpartition("/")[2].partition(":")[0].replace("-", "_")
        left = self.answers[name]
        planned = left.pop(0) if len(left) > 1 else left[0]
        if isinstance(planned, Exception):
            raise planned
        return planned


def vendor_of(
    connector: Connector, script: Script, time: FakeTime | None = None, base_url: str = ""
) -> Vendor:
    example = connector.credentials.example().model_copy(update={"base_url": base_url})
    return Vendor(
        connector=connector,
        secret="s",
        secrets=FakeSecrets({"s": example.model_dump()}),
        transport=FakeTransport(script),
        real_now=(time or FakeTime()).now,
    )


def asked(vendor: Vendor) -> list[str]:
    assert isinstance(vendor.transport, FakeTransport)
    requests = [one for one in vendor.transport.requests if isinstance(one, HttpRequest)]
    return [f"{one.method} {one.url}" for one in requests]


def join(vendor: Vendor) -> Said:
    action = google_ads.Join
    row = action.fill(action.example.params, action.example.document, {}).row()
    return vendor.ask(lambda credentials: action.on([row], "cart_abandoners", credentials))


TOKEN = Answer.of(200, {"access_token": "ya29.t", "expires_in": 3600})
QUEUED = Answer.of(200, {"requestId": "req-1"})


def test_a_token_is_asked_for_once_and_put_on_every_request() -> None:
    vendor = vendor_of(google_ads.connector, Script(token=[TOKEN], audienceMembers=[QUEUED]))

    join(vendor)
    said = join(vendor)

    ingest = "POST https://datamanager.googleapis.com/v1/audienceMembers:ingest"
    assert asked(vendor) == ["POST https://oauth2.googleapis.com/token", ingest, ingest]
    assert isinstance(vendor.transport, FakeTransport)
    last = vendor.transport.requests[-1]
    assert isinstance(last, HttpRequest)
    assert last.headers["authorization"] == "Bearer ya29.t"
    assert said.touched


def test_the_tokens_address_follows_the_base_url_too() -> None:
    script = Script(token=[TOKEN], audienceMembers=[QUEUED])
    vendor = vendor_of(google_ads.connector, script, base_url="http://127.0.0.1:9/google_ads/")

    join(vendor)

    assert asked(vendor) == [
        "POST http://127.0.0.1:9/google_ads/token",
        "POST http://127.0.0.1:9/google_ads/v1/audienceMembers:ingest",
    ]


def test_a_token_is_renewed_before_it_ends() -> None:
    time = FakeTime()
    vendor = vendor_of(google_ads.connector, Script(token=[TOKEN], audienceMembers=[QUEUED]), time)
    join(vendor)
    time.advance(HOUR - MINUTE)

    join(vendor)

    assert sum(one.endswith("/token") for one in asked(vendor)) == 2


def test_a_token_that_was_revoked_is_renewed_once() -> None:
    unauthenticated = Answer.of(401, {"error": {"code": 401, "status": "UNAUTHENTICATED"}})
    vendor = vendor_of(google_ads.connector, Script(token=[TOKEN], audienceMembers=[unauthenticated, QUEUED]))

    assert not isinstance(join(vendor).outcome, Auth)
    assert sum(one.endswith("/token") for one in asked(vendor)) == 2


@pytest.mark.parametrize("error", ["invalid_grant", "invalid_client"])
def test_a_refused_grant_is_a_persons_matter(error: str) -> None:
    refused = Answer.of(400, {"error": error, "error_description": "Token has been expired or revoked."})
    vendor = vendor_of(google_ads.connector, Script(token=[refused]))

    said = join(vendor)

    assert said.outcome == Auth(f"400 {error} Token has been expired or revoked.")
    assert not said.touched


@pytest.mark.parametrize("trouble", [Answer.of(503), NeverLeft("x"), LostAnswer("x")])
def test_a_token_that_cannot_be_had_now_leaves_nothing_in_doubt(trouble: Answer | Exception) -> None:
    said = join(vendor_of(google_ads.connector, Script(token=[trouble])))

    assert isinstance(said.outcome, Retry)
    assert not said.touched


@pytest.mark.parametrize(
    "answer",
    [Answer(status=200, body=b"<html>"), Answer.of(200, {"access_token": "t", "expires_in": "soon"})],
    ids=["no token", "no end"],
)
def test_an_answer_without_a_token_does_not_stand_for_what_it_was_wanted_for(answer: Answer) -> None:
    vendor = vendor_of(google_ads.connector, Script(token=[answer]))

    said = join(vendor)

    assert isinstance(said.outcome, Retry)
    assert not said.touched
    assert len(asked(vendor)) == 1


@pytest.mark.parametrize("secret", ["read", "fill"])
def test_what_breaks_in_our_own_house_has_left_nothing(secret: str) -> None:
    def broken(*_: object, **__: object) -> HttpRequest:
        raise KeyError("anna@example.com")

    vendor = vendor_of(google_ads.connector, Script())
    if secret == "read":
        vendor.secrets = replace_get(broken)

    said = vendor.ask(broken)

    assert said == Said(outcome=Retry("KeyError"))
    assert asked(vendor) == []


def replace_get(broken: Any) -> Any:
    return type("Broken", (), {"get": broken})()


def test_a_plan_breaks_before_its_first_request_or_needs_none() -> None:
    def breaks(_: object) -> Plan:
        raise KeyError
        yield HttpRequest(method="GET", url="https://x.test")

    def unknown_audience(credentials: Any) -> Plan:
        yield HttpRequest(method="GET", url=credentials.audience_id("nobody's"))
        return None

    def nothing(_: object) -> Plan:
        yield from ()
        return Refused("none")

    vendor = vendor_of(google_ads.connector, Script())

    told = [vendor.ask(plan).outcome for plan in (breaks, unknown_audience, nothing)]

    assert [type(one) for one in told] == [Retry, Auth, Refused]
    assert asked(vendor) == []


def update(vendor: Vendor, row: Row = CONTACT) -> Said:
    def build(credentials: intercom.IntercomCredentials) -> Plan:
        return intercom.UpdateContact.on([row], "t", credentials)

    return vendor.ask(build)


NOBODY = Answer.of(200, {"data": []})
FOUND = Answer.of(200, {"data": [{"id": "6a7b"}]})
CREATED = Answer.of(200, {"id": "9c0d"})
CONFLICT = Answer.of(409, {"errors": [{"code": "conflict"}]})
API = "https://api.intercom.io/contacts"


def test_a_contact_that_is_not_there_is_created() -> None:
    vendor = vendor_of(intercom.connector, Script(search=[NOBODY], contacts=[CREATED]))

    said = update(vendor)

    assert asked(vendor) == [f"POST {API}/search", f"POST {API}/search", f"POST {API}"]
    assert said.outcome == Sent("9c0d")


def test_a_contact_that_appeared_meanwhile_is_found_and_updated() -> None:
    script = Script(search=[NOBODY, NOBODY, FOUND], contacts=[CONFLICT], **{"6a7b": [CREATED]})
    vendor = vendor_of(intercom.connector, script)

    said = update(vendor)

    assert asked(vendor)[-2:] == [f"POST {API}/search", f"PUT {API}/6a7b"]
    assert said.outcome == Sent("6a7b")


def test_a_contact_that_the_search_does_not_show_yet_is_looked_for_later() -> None:
    vendor = vendor_of(intercom.connector, Script(search=[NOBODY], contacts=[CONFLICT]))

    assert isinstance(update(vendor).outcome, Retry)


def test_a_withdrawal_of_nobody_is_done() -> None:
    vendor = vendor_of(intercom.connector, Script(search=[NOBODY]))

    said = vendor.ask(lambda credentials: intercom.UpdateContact.off([CONTACT], "t", credentials))

    assert said.outcome == Sent()


def test_what_fails_after_a_first_step_leaves_the_level_in_doubt() -> None:
    vendor = vendor_of(intercom.connector, Script(search=[FOUND], **{"6a7b": [Answer.of(422)]}))

    said = update(vendor)

    assert said.outcome == Refused("422", "422")
    assert said.touched


def test_an_audience_the_secret_does_not_know_waits_for_a_person_and_the_others_go_on() -> None:
    script = Script(token=[TOKEN], **{"778899": [Answer.of(200, {})]})
    vendor = vendor_of(display_video_360.connector, script)
    row = Row(who={})

    unknown = vendor.ask(lambda credentials: display_video_360.Join.on([row], "no_such", credentials))
    known = vendor.ask(lambda credentials: display_video_360.Join.on([row], "cart_abandoners", credentials))

    assert isinstance(unknown.outcome, Auth)
    assert "no audience 'no_such'" in unknown.outcome.text
    assert known.outcome == Sent()


def test_a_lost_answer_is_unknown() -> None:
    script = Script(token=[TOKEN], audienceMembers=[LostAnswer("ReadTimeoutError")])

    said = join(vendor_of(google_ads.connector, script))

    assert said.outcome == Unknown("no answer: ReadTimeoutError")
    assert said.touched


def test_an_empty_secret_names_the_fields_it_lacks() -> None:
    vendor = replace(vendor_of(google_ads.connector, Script()), secrets=FakeSecrets({"s": {}}))

    said = join(vendor)

    assert isinstance(said.outcome, Auth)
    assert said.outcome.text.startswith("secret s: client_id: Field required; client_secret: Field required")
