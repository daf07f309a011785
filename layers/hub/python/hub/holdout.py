"""Who is held out, to measure what the hub is worth: a salted stable hash, so that the answer sticks."""

from hashlib import blake2b

from hub.enrollments import Arm

_BUCKETS = 1 << 32


def arm(profile_id: str, journey: str, version: str, share: float) -> Arm:
    """`share` of all customers (0 to 1) is held out; who, is another draw for each journey and version."""
    return "holdout" if bucket(profile_id, journey, version) < share else "treated"


def bucket(profile_id: str, journey: str, version: str) -> float:
    """A number in [0, 1), the same for the same customer, journey and version for ever."""
    salted = f"holdout\x1f{journey}\x1f{version}\x1f{profile_id}"
    return int.from_bytes(blake2b(salted.encode(), digest_size=4).digest(), "big") / _BUCKETS
