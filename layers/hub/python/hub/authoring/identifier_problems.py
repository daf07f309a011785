"""What the policy says of telephone numbers, held against the numbering plans there are."""

import re
from collections.abc import Iterator

from hub import addresses
from hub.authoring.problems import Fault, Problem
from hub.authoring.sources import Sources
from hub.strategy.policy import Policy

_MEANT = {"UK": "GB", "EN": "GB", "CS": "CZ"}
"""What people write for a country -> its code in ISO 3166."""
_AS_DIALLED = re.compile(r"(?=.*[+ (])\+?[0-9 ()./-]{7,}")
"""Written as nothing but a telephone number is; digits alone may be a user's id."""


def identifier_problems(sources: Sources) -> Iterator[Problem]:
    """Regions that have no numbering plan, and blocked numbers that block nothing."""
    if sources.policy is None or sources.policy.model is None:
        return
    for fault in (*_region_faults(sources.policy.model), *_blocked_faults(sources.policy.model)):
        path, message, advice = fault
        yield sources.policy.written.problem(path, message, advice)


def _region_faults(policy: Policy) -> Iterator[Fault]:
    for name, source in policy.sources.items():
        if source.region is not None and not addresses.has_numbers(source.region):
            meant = _MEANT.get(source.region)
            advice = f"did you mean '{meant}'?" if meant else "write its code of ISO 3166, e.g. CZ"
            yield ("sources", name, "region"), f"'{source.region}' has no telephone numbers", advice


def _blocked_faults(policy: Policy) -> Iterator[Fault]:
    regions = {"", *(source.region for source in policy.sources.values() if source.region)}
    for place, value in enumerate(policy.identifiers.blocked):
        said = value.strip()
        if _AS_DIALLED.fullmatch(said) and not any(addresses.phone(said, region) for region in regions):
            message = f"'{value}' is no telephone number, and blocks none"
            yield (
                ("identifiers", "blocked", place),
                message,
                "write it with its country, e.g. +420 603 123 456",
            )
