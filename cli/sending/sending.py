"""Many batches on their way at once, taken back in the order they left."""

from collections import deque
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor

from cli.sending.batching import Batch
from cli.sending.posting import Rejection

Post = Callable[[Batch], list[Rejection]]
Done = Callable[[Batch, list[Rejection]], None]


def send(batches: Iterable[Batch], post: Post, done: Done, *, at_once: int) -> None:
    """Post every batch, at most `at_once` under way; `done` is called in their order."""
    threads = ThreadPoolExecutor(at_once)
    under_way: deque[tuple[Batch, Future[list[Rejection]]]] = deque()
    try:
        for batch in batches:
            if batch:
                under_way.append((batch, threads.submit(post, batch)))
            _take_back(under_way, done, leave=at_once)
        _take_back(under_way, done, leave=0)
    finally:
        threads.shutdown(wait=False, cancel_futures=True)


def _take_back(under_way: deque[tuple[Batch, Future[list[Rejection]]]], done: Done, *, leave: int) -> None:
    while under_way and (len(under_way) > leave or under_way[0][1].done()):
        batch, future = under_way.popleft()
        done(batch, future.result())
