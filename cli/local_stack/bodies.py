"""The body of a request, by its length or in chunks (analytics-kotlin sends no Content-Length)."""

from collections.abc import Mapping
from io import BufferedIOBase

MOST = 10_000_000
"""Bytes; API Gateway takes 10 MB."""


class BadBodyError(ValueError):
    pass


def read_body(headers: Mapping[str, str], stream: BufferedIOBase) -> bytes:
    said = {name.lower(): value for name, value in headers.items()}
    if "chunked" in said.get("transfer-encoding", "").lower():
        return _read_chunks(stream)
    length = said.get("content-length", "0")
    if not length.isdigit() or int(length) > MOST:
        raise BadBodyError(f"Content-Length must be a number up to {MOST}, not {length!r}.")
    return stream.read(int(length))


def _read_chunks(stream: BufferedIOBase) -> bytes:
    parts: list[bytes] = []
    while size := _chunk_size(stream):
        parts.append(stream.read(size))
        stream.readline()
        if sum(map(len, parts)) > MOST:
            raise BadBodyError(f"The body is larger than {MOST} bytes.")
    while stream.readline().strip():
        pass  # trailers
    return b"".join(parts)


def _chunk_size(stream: BufferedIOBase) -> int:
    line = stream.readline(64).partition(b";")[0].strip()
    try:
        return int(line, 16)
    except ValueError:
        raise BadBodyError("A chunk does not begin with its size.") from None
