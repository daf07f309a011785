"""The stage the vendors play on: routes a request to its vendor, keeps it, fails it when asked to."""

from collections import defaultdict
from collections.abc import Callable, Mapping
from threading import Lock

from cli.sandbox import failures
from cli.sandbox.failures import Answer, Plan, Plans
from cli.sandbox.records import Record, record
from cli.sandbox.vendors import ANYBODY
from cli.sandbox.wire import Request, State, Vendor
from hub.clock import Instant


class Stage:
    def __init__(self, vendors: Mapping[str, Vendor], now: Callable[[], Instant]) -> None:
        self._vendors = vendors
        self._now = now
        self._states: defaultdict[str, State] = defaultdict(dict)
        self._plans = Plans()
        self._records: list[Record] = []
        # One at a time: a vendor's memory and the order of the records are what a real queue would make them.
        self._lock = Lock()

    def play(self, connector: str, request: Request) -> Answer:
        vendor = self._vendors.get(connector, ANYBODY)
        with self._lock:
            plan = None if _is_token(request) else self._plans.take(connector)
            answer = failures.answer(vendor, request, self._states[connector], plan)
            self._records.append(record(connector, request, status=answer.status, at=self._now()))
        return answer

    def fail(self, plan: Plan) -> None:
        with self._lock:
            self._plans.add(plan)

    def relent(self, connector: str) -> None:
        """Whatever was still to fail, does not."""
        with self._lock:
            self._plans.forget(connector)

    def records(self, connector: str = "") -> list[Record]:
        with self._lock:
            return [kept for kept in self._records if connector in ("", kept["connector"])]

    def forget(self) -> None:
        with self._lock:
            self._records.clear()


def _is_token(request: Request) -> bool:
    # A planned failure is meant for the vendor's work, not for the token fetched on the way to it.
    return request.method == "POST" and request.path.endswith("/token")
