"""Crashes and interleavings at every call of a port: what a distributed system does to innocent code."""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from botocore.exceptions import ConnectionClosedError


class Crash(BaseException):
    """The Lambda is gone: nothing of ours may catch this."""


@dataclass
class Fuse:
    """Burns through at the n-th call, before it is made or right after it had its effect."""

    at: int
    after: bool
    calls: int = 0

    def around(self, call: Callable[[], Any]) -> Any:
        self.calls += 1
        if self.calls == self.at and not self.after:
            raise Crash
        answer = call()
        if self.calls == self.at:
            raise Crash
        return answer


Around = Callable[[Callable[[], Any]], Any]


class Watched:
    """A port, each of whose calls goes through `around`; it may be a plain callable, too."""

    def __init__(self, port: Any, around: Around) -> None:
        self._port = port
        self._around = around

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self._around(lambda: self._port(*args, **kwargs))

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._port, name)
        return lambda *args, **kwargs: self._around(lambda: method(*args, **kwargs))


@dataclass
class Actor:
    """Code that stands still before every call of a port until it is its turn."""

    work: Callable[[Around], None]
    go: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))
    stands: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))
    finished: bool = False
    error: BaseException | None = None

    def around(self, call: Callable[[], Any]) -> Any:
        self.stands.release()
        self.go.acquire()
        return call()

    def run(self) -> None:
        try:
            self.work(self.around)
        except BaseException as error:  # noqa: BLE001 - raised again where the test can see it
            self.error = error
        finally:
            self.finished = True
            self.stands.release()

    def step(self) -> None:
        """Make its next call, up to the one after it or to the end."""
        self.go.release()
        self.stands.acquire()


def interleave(works: Sequence[Callable[[Around], None]], choices: Sequence[int]) -> None:
    """Run the works side by side; each choice says whose next call comes, and then they finish in order."""
    actors = [Actor(work) for work in works]
    for actor in actors:
        threading.Thread(target=actor.run, daemon=True).start()
        actor.stands.acquire()
    turns = iter(choices)
    while standing := [actor for actor in actors if not actor.finished]:
        standing[next(turns, 0) % len(standing)].step()
    for actor in actors:
        if actor.error:
            raise actor.error


def lose_the_first_answer(
    client: Any, operation: str, meanwhile: Callable[[], Any] = lambda: None
) -> list[bytes]:
    """The first request reaches AWS and its answer never comes back: botocore sends it again, as it does.

    `meanwhile`: what somebody else does before the second. What was sent, in order, is returned.
    """
    asked: list[bytes] = []

    def lose(request: Any, event_name: str, **_: Any) -> None:
        if not event_name.endswith(f".{operation}"):
            return
        asked.append(request.body)
        if len(asked) == 1:
            meanwhile()
            raise ConnectionClosedError(endpoint_url=request.url)

    # Behind moto, which answers the same event: what was asked for is done by then.
    client.meta.events.register_last("before-send", lose)
    return asked
