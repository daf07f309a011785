"""One stack a machine: whoever holds the lock is it; the lock goes with its process, however that ends."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from cli.local_stack.errors import LocalStackError
from cli.local_stack.places import LOCK_FILE


@contextmanager
def held(path: Path = LOCK_FILE) -> Iterator[None]:
    path.parent.mkdir(exist_ok=True)
    with path.open("a+") as file:
        if not _take(file):
            raise LocalStackError("a hub runs here already: stop it with `hub down`")
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield


def holder(path: Path = LOCK_FILE) -> int | None:
    """The process that runs the stack; None where nothing runs."""
    if not path.exists():
        return None
    with path.open("a+") as file:
        if _take(file):
            return None
        file.seek(0)
        return int(file.read())


def _take(file: TextIO) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
