"""Playing the shoppers: their acts in order of time, through the analytics library a shop would use."""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import urllib3
from segment.analytics.client import Client

from cli.demo.acts import Act, Asks, Does, Shopper, Tells, Unsubscribes, Withdraws
from cli.sending.posting import Endpoint
from hub.clock import Instant

Say = Callable[[Instant, str, str], None]
"""(hub time, who, what she does)."""

_UPLOAD_EVERY = 0.1
"""Seconds; the library's own half-second is six minutes of hub time at speed 720."""
_OK = 200
_CONSENT_UPDATED = "Segment Consent Preference Updated"
"""What Segment wants sent whenever somebody changes her preferences (its docs: Consent on the Profile)."""


@dataclass
class Played:
    """What the shoppers did, and what came back to them."""

    opening: Instant
    done: dict[tuple[str, str], Instant] = field(default_factory=dict)
    """(shopper, event) -> hub time at which it was last done."""
    shown: list[tuple[Instant, str, dict[str, Any]]] = field(default_factory=list)
    """(hub time, shopper, what the site showed her: slot -> content)."""
    errors: list[str] = field(default_factory=list)
    """What the analytics library or the hub's own addresses complained about."""

    def when(self, shopper: Shopper, event: str) -> Instant | None:
        return self.done.get((shopper.name, event))


class Stage:
    """The shop's web site, as far as the hub sees it."""

    def __init__(self, endpoint: Endpoint, purposes: frozenset[str], say: Say) -> None:
        self._endpoint = endpoint
        self._clock = endpoint.clock
        self._purposes = sorted(purposes)
        self._say = say
        self._http = urllib3.PoolManager(retries=False, timeout=20.0)
        self._client = Client(
            endpoint.write_key, host=endpoint.url, on_error=self._failed, upload_interval=_UPLOAD_EVERY
        )
        self.played = Played(opening=self._clock.now())

    def play(self, shoppers: Sequence[Shopper], unsubscribe_url: Callable[[Shopper], str]) -> None:
        """Everything that everybody does, each when hub time reaches it."""
        self.played.opening = self._clock.now()
        for at, shopper, act in _in_order(shoppers):
            self._wait_until(self.played.opening + at)
            self._act(shopper, act, unsubscribe_url)
        self._client.flush()

    def open(self) -> None:
        """The first visitor of the day, so that no shopper waits for a Lambda that is still cold."""
        self._client.page(anonymous_id="early-bird", name="Home", context=self._consent(given=True))
        self._client.flush()
        self.ask("early-bird")

    def close(self) -> None:
        self._client.shutdown()

    def ask(self, anonymous_id: str) -> dict[str, Any]:
        """What the site may show a visitor: slot -> content."""
        answer = self._http.request(
            "GET", f"{self._endpoint.url}/v1/decisions", fields={"anonymousId": anonymous_id}
        )
        if answer.status != _OK:
            self.played.errors.append(f"GET /v1/decisions: {answer.status} {answer.data[:200]!r}")
            return {}
        slots: dict[str, Any] = answer.json()["slots"]
        return slots

    def _act(self, shopper: Shopper, act: Act, unsubscribe_url: Callable[[Shopper], str]) -> None:
        now = self._clock.now()
        match act:
            case Does(event="page"):
                self._client.page(**self._who(shopper, act), name="Shop", properties=dict(act.properties))
            case Does(event=event):
                self._client.track(**self._who(shopper, act), event=event, properties=dict(act.properties))
                self._say(now, shopper.name, _in_words(act))
            case Tells():
                self._tell(shopper, act)
            case Asks():
                self._ask(shopper, act, now)
            case Unsubscribes():
                self._unsubscribe(shopper, unsubscribe_url(shopper), now)
            case Withdraws():
                self._client.track(**self._who(shopper, act), event=_CONSENT_UPDATED)
                self._say(now, shopper.name, f"withdraws her consent to {', '.join(self._purposes)}")
        self.played.done[shopper.name, _name(act)] = now

    def _who(self, shopper: Shopper, act: Act) -> dict[str, Any]:
        """Her user id, once she has told it on this device; her device's own id and her consent always."""
        knows = any(
            isinstance(told, Tells) and told.as_user and told.device == act.device and told.at <= act.at
            for told in shopper.acts
        )
        known = {"user_id": shopper.user_id} if knows else {}
        withdrew = any(isinstance(done, Withdraws) and done.at <= act.at for done in shopper.acts)
        context = self._consent(given=not withdrew)
        return {**known, "anonymous_id": shopper.anonymous_id(act.device), "context": context}

    def _consent(self, *, given: bool) -> dict[str, Any]:
        return {"consent": {"categoryPreferences": dict.fromkeys(self._purposes, given)}}

    def _tell(self, shopper: Shopper, act: Tells) -> None:
        traits = (
            {"email": shopper.email, "firstName": shopper.name} if act.as_user else {"email": shopper.email}
        )
        self._client.identify(**self._who(shopper, act), traits=traits)

    def _ask(self, shopper: Shopper, act: Asks, now: Instant) -> None:
        self._client.flush()
        slots = self.ask(shopper.anonymous_id(act.device))
        self.played.shown.append((now, shopper.name, slots))
        what = ", ".join(f"{slot}: {one['content']}" for slot, one in slots.items()) or "nothing special"
        self._say(now, shopper.name, f"is back on the site, which shows her {what}")

    def _unsubscribe(self, shopper: Shopper, url: str, now: Instant) -> None:
        """What a mail program does when the button is pressed (RFC 8058)."""
        if not url:
            self.played.errors.append(f"{shopper.name} has no e-mail with an unsubscribe link")
            return
        form = {"List-Unsubscribe": "One-Click"}
        answer = self._http.request_encode_body("POST", url, fields=form, encode_multipart=False)
        if answer.status >= 300:  # noqa: PLR2004 - RFC 8058 wants a plain success
            self.played.errors.append(f"unsubscribing: {answer.status} {answer.data[:200]!r}")
        self._say(now, shopper.name, "unsubscribes from e-mail")

    def _wait_until(self, instant: Instant) -> None:
        real_ahead = self._clock.real(instant) - self._clock.real(self._clock.now())
        if real_ahead > 0:
            time.sleep(real_ahead / 1_000)

    def _failed(self, error: Exception, messages: Sequence[Any]) -> None:
        self.played.errors.append(f"{len(messages)} messages were not taken: {error}")


def _in_order(shoppers: Sequence[Shopper]) -> Iterator[tuple[int, Shopper, Act]]:
    acts = [(act.at, place, shopper, act) for place, shopper in enumerate(shoppers) for act in shopper.acts]
    return ((at, shopper, act) for at, _, shopper, act in sorted(acts, key=lambda one: one[:2]))


def _name(act: Act) -> str:
    return act.event if isinstance(act, Does) else type(act).__name__


def _in_words(act: Does) -> str:
    name = act.properties.get("name", "")
    words = {
        "Product Viewed": f"looks at {name}",
        "Product Added": f"puts {name} into her cart",
        "Product Removed": f"takes {name} out of her cart",
        "Order Completed": f"buys for {act.properties.get('revenue')} {act.properties.get('currency')}",
    }
    return words.get(act.event, act.event)
