"""Watching: what vendors received and what the hub decided, told shopper by shopper."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from threading import Thread

import pytest
import urllib3

from cli import strategies
from cli.demo.acts import Does, Shopper
from cli.demo.watch import Watcher
from cli.sandbox.server import Server
from cli.sandbox.vendors import discover
from cli.target import Target
from hub.clock import Clock, Instant, format_instant, real_now
from tests.cli.hub_on_aws import customer, hub_on_aws, keep, write_strategy
from tests.cli.vendor_requests import SIGV4

TEA = {"name": "Green tea", "cart_id": "c1", "product_id": "p1"}
ZOE = Shopper(
    name="Zoe",
    line="",
    ending="never returns",
    user_id="zoe",
    acts=(Does(at=0, event="Product Added", properties=TEA),),
)


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[Target]:
    server = Server(0, Clock())
    Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    with hub_on_aws(monkeypatch) as target:
        yield replace(target, sandbox=server.url)
    server.shutdown()
    server.server_close()


class Told:
    """What the watcher said, in order."""

    def __init__(self) -> None:
        self.lines: list[tuple[str, str]] = []

    def __call__(self, _at: Instant, who: str, what: str) -> None:
        self.lines.append((who, what))


def watch(hub: Target, letters: Path, told: Told) -> Watcher:
    return Watcher(hub, [ZOE], frozenset({"intercom", "meta_custom_audiences"}), told, letters)


def post(hub: Target, path: str, body: object, **headers: str) -> None:
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    answer = urllib3.request("POST", hub.sandbox + path, body=json.dumps(body).encode(), headers=names)
    assert answer.status < 300, answer.data


def mail(hub: Target, to: str) -> None:
    simple = {
        "Subject": {"Data": "Your cart"},
        "Body": {"Html": {"Data": "<p>Green tea</p>"}},
        "Headers": [{"Name": "List-Unsubscribe", "Value": "<https://hub.test/hooks/x?token=t>"}],
    }
    body = {
        "FromEmailAddress": "news@example.com",
        "Destination": {"ToAddresses": [to]},
        "Content": {"Simple": simple},
    }
    post(hub, "/amazon_ses/v2/email/outbound-emails", body, Authorization=SIGV4)


def test_a_letter_is_seen_kept_and_can_be_unsubscribed_from(hub: Target, tmp_path: Path) -> None:
    told = Told()
    with watch(hub, tmp_path, told) as watcher:
        mail(hub, ZOE.email)

    [seen] = watcher.seen
    assert (seen.shopper, seen.kind, seen.what) == ("Zoe", "message", "Your cart")
    assert (tmp_path / "zoe-1.html").read_text() == "<p>Green tea</p>"
    assert watcher.unsubscribe_url(ZOE) == "https://hub.test/hooks/x?token=t"
    assert told.lines == [("amazon_ses", "sends to Zoe: Your cart")]


def test_strangers_and_what_came_before_are_not_told(hub: Target, tmp_path: Path) -> None:
    mail(hub, ZOE.email)
    told = Told()
    with watch(hub, tmp_path, told) as watcher:
        mail(hub, "somebody.else@example.com")

    assert (watcher.seen, told.lines) == ([], [])


def test_hashes_are_hers_as_well(hub: Target, tmp_path: Path) -> None:
    with watch(hub, tmp_path, Told()) as watcher:
        [hashed] = [mark for mark in ZOE.marks if len(mark) == 64]

        body = {"payload": {"schema": ["EMAIL"], "data": [[hashed]]}}
        post(hub, "/meta_custom_audiences/v26.0/77/users", body, Authorization="Bearer x")

    assert [(one.shopper, one.kind, one.what) for one in watcher.seen] == [("Zoe", "on", "audience 77")]


def test_a_note_stands_until_another_disowns_it(hub: Target, tmp_path: Path) -> None:
    with watch(hub, tmp_path, Told()) as watcher:
        headers = {"Authorization": "Bearer x", "Intercom_Version": "2.16"}
        post(hub, "/intercom/contacts", {"external_id": "zoe"}, **headers)

        for note in ("2 Green tea left behind", "No longer applies."):
            post(
                hub,
                f"/intercom/contacts/{discover()['intercom'].own_id('zoe')}/notes",
                {"body": note},
                **headers,
            )

    assert [one.kind for one in watcher.seen] == ["on", "off"]


def test_a_vendors_refusal_is_told_and_counts_as_nothing(hub: Target, tmp_path: Path) -> None:
    told = Told()
    with watch(hub, tmp_path, told) as watcher:
        urllib3.request("POST", f"{hub.sandbox}/amazon_ses/v2/email/outbound-emails", body=b"{}")

    assert (watcher.seen, told.lines) == ([], [("amazon_ses", "answers 403")])


def test_what_the_hub_decided_is_told_once(hub: Target, tmp_path: Path) -> None:
    strategy = strategies.load(write_strategy(tmp_path / "strategy"))
    now = real_now()
    said = {"userId": "zoe", "timestamp": format_instant(now)}
    looked = {"type": "track", "event": "Product Viewed", "properties": {"category": "Tea"}, **said}
    introduced = {"type": "identify", "traits": {"email": ZOE.email}, **said}
    keep(hub, customer(strategy, introduced, looked, looked, until=now))
    told = Told()

    with watch(hub, tmp_path, told) as watcher:
        pass
    watcher._look()

    assert [what for who, what in told.lines if who == "hub"] == [
        "Zoe begins tea_time",
        "Zoe enters tea_lover",
    ]
