"""Every profile there is, in parts that can be read side by side: read-only, eventually consistent."""

from collections.abc import Iterator
from typing import Any

from hub.aws.profile_table import POINTERS_TOO, PROFILES_ONLY, from_item
from hub.backfill_ports import Keys, Page, Place

PAGE = 500
"""Items looked at in one request, identifiers among them."""
_MOST_PARTS = 64
_ITEMS_A_PART = 5_000


class ProfileScan:
    def __init__(self, client: Any, table: str, page: int = PAGE) -> None:
        self._client = client
        self._table = table
        self._items = page

    def items(self) -> int:
        """How many there are in the table; DynamoDB counts every six hours."""
        count: int = self._client.describe_table(TableName=self._table)["Table"]["ItemCount"]
        return count

    def parts(self) -> int:
        return max(1, min(_MOST_PARTS, self.items() // _ITEMS_A_PART))

    def pages(self, part: int, of: int, place: Place | None = None) -> Iterator[Page]:
        """From a place on; half a read unit for every 4 KB, half of what a consistent read costs."""
        while True:
            page = self._page(part, of, place)
            yield page
            place = page.place
            if place is None:
                return

    def keys(self, part: int, of: int, place: Place | None, most: int) -> Keys:
        """One page, of `most` items; the reading costs what it costs to read them whole."""
        asked = {"Limit": most, "ProjectionExpression": "pk", **POINTERS_TOO}
        answer = self._scan(part, of, place, **asked)
        return Keys(answer["Items"], answer["ScannedCount"], answer.get("LastEvaluatedKey"))

    def _page(self, part: int, of: int, place: Place | None) -> Page:
        answer = self._scan(part, of, place, Limit=self._items, **PROFILES_ONLY)
        profiles = [from_item(item) for item in answer["Items"]]
        return Page(profiles, answer["ScannedCount"], answer.get("LastEvaluatedKey"))

    def _scan(self, part: int, of: int, place: Place | None, **asked: Any) -> dict[str, Any]:
        start = {"ExclusiveStartKey": place} if place else {}
        answer: dict[str, Any] = self._client.scan(
            TableName=self._table, Segment=part, TotalSegments=of, **asked, **start
        )
        return answer
