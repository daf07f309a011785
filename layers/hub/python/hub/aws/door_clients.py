"""AWS clients for the Lambda that faces the web: botocore alone, and of it only what two services need."""

from functools import cache
from typing import Any

import botocore.session
from botocore.config import Config
from botocore.loaders import Loader

from hub.clock import SECOND
from hub.errors import RetryLater

TRY_AGAIN = 2 * SECOND
SERVICES = ("firehose", "sqs")


def client(service: str) -> Any:
    """A client that gives up in 6 s or so, before SDKs (15 s) and gateway (30 s): their retry beats ours."""
    patience = Config(
        connect_timeout=1, read_timeout=2, retries={"mode": "standard", "total_max_attempts": 2}
    )
    return _session().create_client(service, config=patience)


def refused(store: str, reason: object) -> RetryLater:
    """`reason`: an AWS error code or an exception's class; never its text, which may quote what was sent."""
    return RetryLater(f"{store} did not take everything: {reason}", after=TRY_AGAIN)


class LeanLoader(Loader):  # type: ignore[misc]  # botocore has no types
    """botocore's data without the searches: a third off the time to the first answer of a cold Lambda.

    The stock loader lists 430 folders twice to learn which services there are, and reads 1.2 MB of endpoints
    of all of them; endpoints have long come from each service's own rule set, and only the partitions count.
    """

    def list_available_services(self, type_name: str) -> list[str]:  # noqa: ARG002 - botocore's signature
        return list(SERVICES)

    def load_data_with_path(self, name: str) -> tuple[Any, str]:
        if name != "endpoints":
            data: tuple[Any, str] = super().load_data_with_path(name)
            return data
        rules, path = super().load_data_with_path("partitions")
        return {"partitions": [_partition(rule) for rule in rules["partitions"]]}, path


def _partition(rule: dict[str, Any]) -> dict[str, Any]:
    """A partition of partitions.json as endpoints.json writes it, naming no service."""
    return {
        "partition": rule["id"],
        "dnsSuffix": rule["outputs"]["dnsSuffix"],
        "regionRegex": rule["regionRegex"],
        "regions": rule["regions"],
        "defaults": {
            "hostname": "{service}.{region}.{dnsSuffix}",
            "protocols": ["https"],
            "signatureVersions": ["v4"],
        },
        "services": {},
    }


@cache
def _session() -> Any:
    session = botocore.session.get_session()
    session.register_component("data_loader", LeanLoader())
    return session
