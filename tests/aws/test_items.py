"""Reading items: what DynamoDB leaves unread under load is asked for again."""

from typing import Any

from hub.aws import items


class Loaded:
    """A client that reads no more than 30 items of a request."""

    def __init__(self) -> None:
        self.asked: list[int] = []

    def batch_get_item(self, *, RequestItems: dict[str, Any]) -> dict[str, Any]:  # noqa: N803 - boto3's name
        [(table, request)] = RequestItems.items()
        read, unread = request["Keys"][:30], request["Keys"][30:]
        self.asked.append(len(request["Keys"]))
        return {"Responses": {table: read}, "UnprocessedKeys": {table: {"Keys": unread}} if unread else {}}


def test_every_item_is_read_however_often_that_takes_asking() -> None:
    client, keys = Loaded(), [{"pk": {"S": str(number)}} for number in range(250)]

    found = list(items.by_keys(client, "segments", keys))

    assert sorted(found, key=str) == sorted(keys, key=str)
    assert max(client.asked) == 100
