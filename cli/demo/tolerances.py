"""How far from the plan a thing may happen, in real seconds."""

LATE = 12.0
"""That a message may be late: the emulator starts Lambdas on two cores of a laptop."""
OFF_WITHIN = 10.0
"""From a purchase, or a no, to the last vendor that was told (DESIGN: p95)."""
EARLY = 1.0
"""The shoppers' clock and the vendors' are read on different threads."""
