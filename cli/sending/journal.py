"""Where a broken-off sending stopped: one small file per (content, endpoint), gone when all is sent."""

import json
from hashlib import blake2b
from pathlib import Path

from cli.ndjson import Position
from cli.sending.lines import content_hash
from cli.sending.posting import Endpoint


class Journal:
    """`position` moves as lines are done; `save` writes it down in one move."""

    def __init__(self, folder: Path, file: Path, endpoint: Endpoint) -> None:
        self.content = content_hash(file)
        # A stack that was taken down and put up again is another stack, with nothing in it.
        whom = "\n".join((self.content, endpoint.url, endpoint.write_key, str(endpoint.clock.origin)))
        self._path = folder / f"{blake2b(whom.encode(), digest_size=12).hexdigest()}.json"
        self.position = self._load()

    def save(self) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        fresh = self._path.with_suffix(".new")
        fresh.write_text(json.dumps(self.position._asdict()))
        fresh.replace(self._path)

    def close(self) -> None:
        """All is sent: the next sending of this file is a new one."""
        self._path.unlink(missing_ok=True)

    def _load(self) -> Position:
        try:
            return Position(**json.loads(self._path.read_text()))
        except (OSError, ValueError, TypeError):
            return Position()
