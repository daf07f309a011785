"""Who is said anew: an instant beside her profile's state, written so that the stream tells all of her again.

Item: {…, said_anew}, on a profile or on a pointer to one. The state and its version stay as they are, so no
writer is in its way, nor it in theirs; the next write of the profile leaves it out. What the stream tells
then is of one order with everything else that it tells of her.
"""

from collections.abc import Mapping
from typing import Any

from botocore.exceptions import ClientError

from hub.aws import failures
from hub.clock import Instant

SAID_ANEW = "said_anew"


def is_said_anew(before: Mapping[str, Any] | None, after: Mapping[str, Any]) -> bool:
    """By the images of a change; an instant that stood there already was heard as it came."""
    return SAID_ANEW in after and after[SAID_ANEW] != (before or {}).get(SAID_ANEW)


class AnewMarks:
    """`hub.backfill_ports.Sayer`, on the profiles table."""

    def __init__(self, client: Any, table: str) -> None:
        self._client = client
        self._table = table

    def say(self, key: Mapping[str, Any], at: Instant) -> None:
        """Nothing of whom there is no more."""
        try:
            self._client.update_item(
                TableName=self._table,
                Key=key,
                UpdateExpression=f"SET {SAID_ANEW} = :at",
                ConditionExpression="attribute_exists(pk)",
                ExpressionAttributeValues={":at": {"N": str(at)}},
            )
        except ClientError as error:
            if not failures.condition_failed(error):
                raise
