"""How lines are packed for Firehose, and what happens when it takes only some of them."""

from typing import Any

import pytest
from botocore.exceptions import ClientError, ReadTimeoutError

from hub.aws.archive import Archive
from hub.errors import RetryLater


class Firehose:
    """Remembers what it was sent, and answers what it was told to."""

    def __init__(self, answer: dict[str, Any] | Exception | None = None) -> None:
        self.answer = answer or {"FailedPutCount": 0, "RequestResponses": []}
        self.batches: list[list[bytes]] = []

    def put_record_batch(self, *, DeliveryStreamName: str, Records: list[dict[str, bytes]]) -> dict[str, Any]:  # noqa: ARG002, N803
        self.batches.append([record["Data"] for record in Records])
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


def test_a_request_is_one_record_of_lines() -> None:
    firehose = Firehose()

    Archive(firehose, "archive").put(['{"a":1}', '{"b":"ř"}'])

    assert firehose.batches == [['{"a":1}\n{"b":"ř"}\n'.encode()]]


def test_a_large_request_is_split_below_the_limits_of_record_and_batch() -> None:
    firehose = Firehose()
    lines = [f'{{"n":{index},"text":"{"ř" * 15_000}"}}' for index in range(200)]

    Archive(firehose, "archive").put(lines)

    assert b"".join(record for batch in firehose.batches for record in batch).decode().splitlines() == lines
    assert all(len(record) <= 1_000 * 1_024 for batch in firehose.batches for record in batch)
    assert all(sum(map(len, batch)) <= 4 * 1_024 * 1_024 for batch in firehose.batches)


@pytest.mark.parametrize(
    "answer",
    [
        {"FailedPutCount": 1, "RequestResponses": [{"ErrorCode": "ServiceUnavailableException"}]},
        ClientError(
            {"Error": {"Code": "ServiceUnavailableException", "Message": "slow down"}}, "PutRecordBatch"
        ),
        ReadTimeoutError(endpoint_url="https://firehose"),
    ],
)
def test_a_line_that_firehose_did_not_take_is_never_taken_for_archived(
    answer: dict[str, Any] | Exception,
) -> None:
    with pytest.raises(RetryLater):
        Archive(Firehose(answer), "archive").put(["{}"])
