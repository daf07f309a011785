"""The archive: accepted messages on their way to S3, newline-delimited, through Firehose."""

from collections.abc import Sequence
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from hub.aws.door_clients import refused
from hub.aws.packing import packs

MAX_RECORD = 1_000_000
"""Bytes; Firehose takes 1,000 KiB and bills by 5 KB a record, so a request is one record where it fits."""
MAX_BATCH = 4_000_000
MAX_RECORDS = 500


class Archive:
    def __init__(self, client: Any, stream: str) -> None:
        self._client = client
        self._stream = stream

    def put(self, lines: Sequence[str]) -> None:
        """RetryLater unless Firehose took all; some may then be archived twice, with one messageId."""
        for records in packs(_records(lines), most=MAX_RECORDS, bytes_in_all=MAX_BATCH):
            self._put([{"Data": record.encode()} for record in records])

    def _put(self, records: Sequence[dict[str, bytes]]) -> None:
        try:
            answer = self._client.put_record_batch(DeliveryStreamName=self._stream, Records=records)
        except ClientError as error:
            raise refused("The archive", error.response["Error"]["Code"]) from error
        except BotoCoreError as error:
            raise refused("The archive", type(error).__name__) from error
        if answer["FailedPutCount"]:  # with HTTP status 200
            codes = {result.get("ErrorCode") for result in answer["RequestResponses"]} - {None}
            raise refused("The archive", ", ".join(sorted(codes)))


def _records(lines: Sequence[str]) -> list[str]:
    return [
        "".join(f"{line}\n" for line in pack)
        for pack in packs(lines, most=len(lines), bytes_in_all=MAX_RECORD, bytes_each=len("\n"))
    ]
