"""The archive, read back: objects by the hour they arrived in, gzipped on AWS and plain in the emulator."""

import gzip
from collections.abc import Iterator
from typing import Any

from hub.archive_hours import Span
from hub.archive_walk import ArchivedObject

_GZIP_MAGIC = b"\x1f\x8b"


class ArchiveReader:
    def __init__(self, client: Any, bucket: str) -> None:
        self._client = client
        self._bucket = bucket

    def first_key(self) -> str | None:
        """Of the oldest object; None: nothing has been archived."""
        found = self._client.list_objects_v2(Bucket=self._bucket, Prefix="events/", MaxKeys=1)
        return next((one["Key"] for one in found.get("Contents", ())), None)

    def objects(self, span: Span) -> Iterator[ArchivedObject]:
        """In the order of their keys, which is that of their hours."""
        pages = self._client.get_paginator("list_objects_v2").paginate(
            Bucket=self._bucket, Prefix="events/", StartAfter=span.after
        )
        for page in pages:
            for one in page.get("Contents", ()):
                if one["Key"] >= span.until:
                    return
                yield ArchivedObject(one["Key"], one["Size"])

    def lines(self, key: str) -> list[bytes]:
        body: bytes = self._client.get_object(Bucket=self._bucket, Key=key)["Body"].read()
        return (gzip.decompress(body) if body.startswith(_GZIP_MAGIC) else body).splitlines()
