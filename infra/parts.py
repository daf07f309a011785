"""The constructs of a stack, together."""

from dataclasses import dataclass

from infra.archive import Archive
from infra.backfill import Backfill
from infra.decisions import Decisions
from infra.deliveries import Deliveries
from infra.ingestion import Ingestion
from infra.journeys import Journeys
from infra.profiles import Profiles, Reactions
from infra.storage import Storage


@dataclass(frozen=True, kw_only=True)
class Parts:
    storage: Storage
    archive: Archive
    ingestion: Ingestion
    profiles: Profiles
    deliveries: Deliveries
    journeys: Journeys
    reactions: Reactions
    decisions: Decisions
    backfill: Backfill
