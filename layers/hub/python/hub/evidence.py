"""What is shown of why a rule holds: enough for a person to see, and never more than a table can bear.

Evidence leaves the profile, a copy a membership. Whoever reads a write key off a page can fill a profile
with texts as long as a message; deflated they are small where they are kept, but here they would stand
written out. So each value, each list of things and the whole have a bound.
"""

import json
from collections.abc import Mapping
from typing import Any

Evidence = dict[str, Any]

LONGEST = 100
"""Characters shown of a value."""
MOST = 10
"""Events, or lines of a cart, shown one by one."""
LARGEST = 4 * 1_024
"""Bytes of a membership's evidence: ordinary ones are some hundred, and each kilobyte is a write unit."""

_FEWER = (5, 2, 1, 0)
_SINGLE = frozenset({"events", "lines", "user_ids"})
"""Where single things are listed, newest last."""


def brief(value: Any) -> Any:
    """The value itself, or where it is long, its beginning and how long it is."""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, sort_keys=True)
    return value if len(text) <= LONGEST else f"{text[:LONGEST]}… (cut, {len(text)} characters)"


def brief_values(part: Mapping[str, Any]) -> Evidence:
    return {name: brief(value) for name, value in part.items()}


def fitted(evidence: Evidence) -> Evidence:
    """The evidence, if it is no larger than may be kept; else fewer single things, or the answer alone."""
    if _size(evidence) <= LARGEST:
        return evidence
    fewer = (
        {**_newest(evidence, most), "cut": f"the newest {most} of each list are shown"} for most in _FEWER
    )
    return next((one for one in fewer if _size(one) <= LARGEST), _answer(evidence))


def _newest(part: Any, most: int) -> Any:
    if isinstance(part, list):
        return [_newest(one, most) for one in part]
    if not isinstance(part, Mapping):
        return part
    return {
        name: value[max(0, len(value) - most) :] if name in _SINGLE else _newest(value, most)
        for name, value in part.items()
    }


def _answer(evidence: Evidence) -> Evidence:
    said: Evidence = {name: evidence[name] for name in ("holds", "until") if name in evidence}
    return {**said, "cut": "the answer alone: the rule has too many parts to keep what each found"}


def _size(evidence: Evidence) -> int:
    """As JSON spells it, a letter beyond ASCII as six bytes."""
    return len(json.dumps(evidence))
