"""Files that a command writes: there in full once it has ended well, else as they were before."""

import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import click

STANDARD_OUTPUT = Path("-")


@contextmanager
def written(out: Path | None) -> Iterator[IO[str] | None]:
    """`out` opened for writing; None for None. What is no plain file (-, a pipe) is written as it comes."""
    if out is None or out == STANDARD_OUTPUT:
        yield None if out is None else sys.stdout
        return
    if out.exists() and not out.is_file():
        with _opened(out, out) as stream:
            yield stream
        return
    fresh = out.with_name(f".{out.name}.new")
    try:
        with _opened(fresh, out) as file:
            yield file
        fresh.replace(out)
    finally:
        fresh.unlink(missing_ok=True)


def _opened(file: Path, out: Path) -> IO[str]:
    """UsageError that names `out` where nothing can be written there."""
    try:
        return file.open("w", encoding="utf-8")
    except OSError as error:
        raise click.UsageError(f"{out} cannot be written: {error.strerror}") from error


def must_not_be_read(outs: Iterable[Path | None], files: Iterable[Path]) -> None:
    """A file that is read cannot be written too."""
    read = {file.resolve(): file for file in files}
    for out in outs:
        if out is not None and out.resolve() in read:
            raise click.UsageError(f"{out} is one of the files to read: name another to write to")
