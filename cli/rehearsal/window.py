"""What an expectation looks at: what happened since the last act that an expectation came before.

So several may look at the same moment; each call answers one of them only.
"""

from collections.abc import Collection, Iterable

from cli.rehearsal.calls import Call, Wanted, when
from cli.rehearsal.diary import Diary
from hub.deliveries import NO_LONGER_WANTED, Delivery


class Window:
    def __init__(self, diary: Diary) -> None:
        self._diary = diary
        self._calls_from = self._deliveries_from = 0
        self._answered: set[int] = set()
        """Calls, by place, that an expectation was answered with."""
        self._looked_at = False

    def move_on(self) -> None:
        """Something is done: a new window begins, if anybody has looked at the old one."""
        if self._looked_at:
            self._calls_from, self._deliveries_from = len(self._diary.calls), len(self._diary.deliveries)
            self._looked_at = False

    def look(self) -> None:
        self._looked_at = True

    def answer(self, wanted: Wanted) -> str:
        """Why no call is what is wanted, "" where one is."""
        for place in self._open_places():
            if wanted.mismatches(self._diary.calls[place], self._diary.start) == []:
                self._answered.add(place)
                return ""
        if any(wanted.mismatches(one, self._diary.start) == [] for one in self._taken()):
            return f"expected {wanted} once more, but each call answers one expectation"
        return f"expected {wanted}, but {self._nearest(wanted)}"

    def unexpected(self, addresses: Collection[str]) -> str:
        """Calls that nobody expected, of these actions or connectors or of all; "" where there are none."""
        found = [
            one for one in self._open_calls() if not addresses or {one.address, one.connector} & {*addresses}
        ]
        of = f" of {' or '.join(addresses)}" if addresses else ""
        return f"expected nothing{of}, but there is {self._listed(found)}" if found else ""

    def lacks(self, status: str, address: str, reason: str) -> str:
        """Why nothing of an action (or at all) became this for such a reason, "" where something did."""
        became = [one for one in self._deliveries() if one.status == status]
        ours = [one for one in became if not address or is_of(one, address)]
        if any(one.reason.startswith(reason) for one in ours):
            return ""
        what = f"{address or 'something'} {status}" + (f": {reason}" if reason else "")
        said = "; ".join(sorted({f"{one.connector}.{one.action}: {one.reason}" for one in ours or became}))
        return f"expected {what}, but {f'{status} is {said}' if said else f'nothing is {status}'}"

    def _open_places(self) -> Iterable[int]:
        return (
            place for place in range(self._calls_from, len(self._diary.calls)) if place not in self._answered
        )

    def _taken(self) -> list[Call]:
        """Calls of this window that are spoken for."""
        return [self._diary.calls[place] for place in self._answered if place >= self._calls_from]

    def _open_calls(self) -> list[Call]:
        return [self._diary.calls[place] for place in self._open_places()]

    def _deliveries(self) -> list[Delivery]:
        since = self._diary.deliveries[self._deliveries_from :]
        return [one for one in since if one.reason != NO_LONGER_WANTED]

    def _nearest(self, wanted: Wanted) -> str:
        """How the calls of its kind differ; else what there is instead, else why there is nothing."""
        start, others = self._diary.start, self._open_calls()
        near = [
            f"at {when(one.at, start)} {', '.join(wrong)}"
            for one in others
            if (wrong := wanted.mismatches(one, start))
        ]
        if near:
            return "; ".join(near)
        why = sorted(
            f"{one.connector}.{one.action} {one.status.value}: {one.reason}"
            for one in self._deliveries()
            if one.reason and is_of(one, wanted.address)
        )
        return "; ".join(why) or (
            f"there is only {self._listed(others)}" if others else "no vendor was asked"
        )

    def _listed(self, calls: Iterable[Call]) -> str:
        return "; ".join(f"{one} at {when(one.at, self._diary.start)}" for one in calls)


def is_of(delivery: Delivery, address: str) -> bool:
    """`address`: connector.action, or a connector for all of its actions."""
    return address in (delivery.connector, f"{delivery.connector}.{delivery.action}")
