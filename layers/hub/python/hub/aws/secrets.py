"""Secrets Manager: the connectors' credentials as JSON, read at most every five minutes."""

import json
from collections.abc import Callable
from typing import Any

from botocore.exceptions import ClientError

from hub.aws import failures
from hub.clock import MINUTE, Instant, real_now
from hub.errors import ConfigurationError

KEPT = 5 * MINUTE


class SecretsManager:
    """`hub.ports.Secrets`; what a secret says is kept for a while, unless asked for afresh."""

    def __init__(self, client: Any, now: Callable[[], Instant] = real_now) -> None:
        self._client = client
        self._now = now
        self._read: dict[str, tuple[Instant, dict[str, object]]] = {}

    def get(self, name: str, *, fresh: bool = False) -> dict[str, object]:
        at, known = self._read.get(name, (0, {}))
        if fresh or not known or self._now() - at > KEPT:
            known = self._fetch(name)
            self._read[name] = (self._now(), known)
        return known

    def _fetch(self, name: str) -> dict[str, object]:
        try:
            text = self._client.get_secret_value(SecretId=name)["SecretString"]
        except ClientError as error:
            if failures.has_code(error, "ResourceNotFoundException", "AccessDeniedException"):
                raise ConfigurationError(
                    f"secret {name} cannot be read: create it, or let this Lambda read it"
                ) from error
            raise
        return _object(name, text)


def _object(name: str, text: str) -> dict[str, object]:
    try:
        read = json.loads(text)
    except ValueError:
        read = None
    if not isinstance(read, dict):
        raise ConfigurationError(
            f"secret {name} is not a JSON object: write the connector's credentials into it"
        )
    return read
