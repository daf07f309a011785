"""What the vendors receive and what the hub decides, seen as it happens."""

import json
import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import Event, Thread
from typing import Any, Literal, Self

import urllib3

from cli import profile as profiles
from cli.demo.acts import Shopper
from cli.demo.play import Say
from cli.profile_view import View
from cli.sandbox.vendors import ANYBODY, discover
from cli.sandbox.wire import Request, Sighting
from cli.target import Target
from hub.clock import Instant, parse_instant
from hub.deliveries import Status
from hub.profiles import Profile

Kind = Literal["message", "on", "off"]
Line = tuple[Instant, str, str]
"""What `say` is told: (hub time, who, what)."""

_EVERY = 0.3
"""Seconds between two looks."""
_FIRST_ERROR = 300


@dataclass(frozen=True, kw_only=True)
class Seen:
    """One thing a vendor was told of one shopper."""

    at: Instant
    connector: str
    shopper: str
    kind: Kind
    what: str
    details: Mapping[str, str]


class Watcher:
    """Looks at the sandbox and at the shoppers' profiles until it is stopped."""

    def __init__(
        self, hub: Target, shoppers: Sequence[Shopper], levels: frozenset[str], say: Say, letters: Path
    ) -> None:
        """`levels`: connectors on which something stands for a customer, rather than being sent to her."""
        self._hub = hub
        self._shoppers = shoppers
        self._levels = levels
        self._say = say
        self._letters = letters
        self._vendors = discover()
        self._http = urllib3.PoolManager(retries=False, timeout=10.0)
        self._told: dict[str, set[str]] = {shopper.name: set() for shopper in shoppers}
        self._stopped = Event()
        self._thread = Thread(target=self._run, daemon=True)
        self._read = len(self._requests())
        shutil.rmtree(letters, ignore_errors=True)
        self.seen: list[Seen] = []

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopped.set()
        self._thread.join()
        self._look()

    def profile(self, shopper: Shopper) -> Profile | None:
        who = [("user_id", shopper.user_id), ("email", shopper.email)]
        found = self._hub.profiles.find(who)
        return next((self._hub.profiles.get(found[one]) for one in who if one in found), None)

    def view(self, shopper: Shopper) -> View | None:
        """Everything the hub knows of her, as `hub profile show` has it."""
        found = self.profile(shopper)
        return profiles.everything(self._hub, found) if found else None

    def unsubscribe_url(self, shopper: Shopper) -> str:
        links = (
            one.details.get("unsubscribe", "") for one in reversed(self.seen) if one.shopper == shopper.name
        )
        return next(filter(None, links), "")

    def _run(self) -> None:
        while not self._stopped.wait(_EVERY):
            self._look()

    def _look(self) -> None:
        records = self._requests()
        fresh, self._read = records[self._read :], len(records)
        lines = [line for record in fresh for line in self._take(record)]
        lines += [line for shopper in self._shoppers for line in self._look_at(shopper)]
        for at, who, what in sorted(lines):
            self._say(at, who, what)

    def _requests(self) -> list[dict[str, Any]]:
        records: list[dict[str, Any]] = self._http.request("GET", f"{self._hub.sandbox}/__requests").json()
        return records

    def _take(self, record: Mapping[str, Any]) -> Iterator[Line]:
        at, connector = parse_instant(record["at"]), record["connector"]
        if not 0 < record["status"] < _FIRST_ERROR:
            yield at, connector, f"answers {record['status']}"
            return
        for sighting in self._vendors.get(connector, ANYBODY).tell(_request(record)):
            for shopper in self._shoppers:
                if sighting.who & shopper.marks:
                    yield self._note(at, connector, sighting, shopper)

    def _note(self, at: Instant, connector: str, sighting: Sighting, shopper: Shopper) -> Line:
        seen = Seen(
            at=at,
            connector=connector,
            shopper=shopper.name,
            kind=self._kind(connector, sighting, shopper),
            what=sighting.what,
            details=sighting.details,
        )
        self.seen.append(seen)
        if seen.details.get("html"):
            self._keep_letter(seen)
        return at, connector, _in_words(seen)

    def _kind(self, connector: str, sighting: Sighting, shopper: Shopper) -> Kind:
        """A note cannot be taken back: one that names her goods stands until another disowns it."""
        if sighting.kind != "message" or connector not in self._levels:
            return sighting.kind
        return "on" if any(name in sighting.what for name in shopper.goods) else "off"

    def _keep_letter(self, seen: Seen) -> None:
        self._letters.mkdir(parents=True, exist_ok=True)
        number = sum(one.kind == "message" and one.shopper == seen.shopper for one in self.seen)
        (self._letters / f"{seen.shopper.lower()}-{number}.html").write_text(seen.details["html"])

    def _look_at(self, shopper: Shopper) -> Iterator[Line]:
        found = self.profile(shopper)
        for at, words in _decisions(found) if found else ():
            if words not in self._told[shopper.name]:
                self._told[shopper.name].add(words)
                yield at, "hub", f"{shopper.name} {words}"


def _request(record: Mapping[str, Any]) -> Request:
    raw = json.dumps(record["body"]).encode()
    return Request(method=record["method"], path=record["path"], query=record["query"], raw=raw)


def _decisions(profile: Profile) -> set[tuple[Instant, str]]:
    """What the hub has decided of a shopper so far, each with its hub time."""
    told = {(since, f"enters {name}") for name, since in profile.memberships.items()}
    for one in profile.enrollments.values():
        held = ", held out" if one.arm == "holdout" else ""
        told.add((one.entered_at, f"begins {one.journey}{held}"))
        if one.closed_at is not None:
            told.add((one.closed_at, f"is through with {one.journey}: {one.outcome}"))
    withheld = (touch for touch in profile.touches.values() if touch.status is Status.WITHHELD)
    told |= {(touch.at, f"is spared {touch.connector}.{touch.action}: {touch.reason}") for touch in withheld}
    return told


def _in_words(seen: Seen) -> str:
    signs = {"message": "sends to", "on": "has on", "off": "has off"}
    what = " ".join(seen.what.split())
    return f"{signs[seen.kind]} {seen.shopper}: {what[:70]}"
