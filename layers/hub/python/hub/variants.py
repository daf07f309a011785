"""Which variant of its steps a run takes: drawn once, as it begins, so that nothing later changes it."""

from hashlib import blake2b

from hub.strategy.journeys import Step

_DRAWS = 1 << 32


def draw(bucket: str, journey: str, version: str) -> int:
    """The same for the same customer, journey and version for ever; every step goes by the one draw."""
    salted = f"variant\x1f{journey}\x1f{version}\x1f{bucket}"
    return int.from_bytes(blake2b(salted.encode(), digest_size=4).digest(), "big")


def place_of(drawn: int, step: Step) -> int:
    """Where her variant stands in the step: by weight.

    In the order of the names, not of the lines: steps that give the same names the same weights agree.
    """
    names = step.variant_names
    by_name = sorted(range(len(names)), key=lambda place: names[place])
    left = drawn / _DRAWS * sum(variant.weight for variant in step.variants)
    for place in by_name:
        left -= step.variants[place].weight
        if left < 0:
            return place
    return by_name[-1]
