"""Rehearsals: journeys played in memory with a clock in the hand; docs/testing-journeys.md tells how."""

from cli.rehearsal.calls import call
from cli.rehearsal.opening import rehearse
from cli.rehearsal.planned import NotAsPlanned
from cli.rehearsal.rehearsal import NotAsExpected, Rehearsal
from cli.rehearsal.said import ago, by, consents, identify, page, track

__all__ = [
    "NotAsExpected",
    "NotAsPlanned",
    "Rehearsal",
    "ago",
    "by",
    "call",
    "consents",
    "identify",
    "page",
    "rehearse",
    "track",
]
