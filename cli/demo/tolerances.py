"""How far from the plan a thing may happen, in real seconds."""

LATE = 30.0
"""That a message may be late (P2 gives it a minute): the emulator starts every Lambda on the cores it shares."""
OFF_WITHIN = 10.0
"""From a purchase, or a no, to the last vendor that was told (DESIGN: p95)."""
EARLY = 1.0
"""The shoppers' clock and the vendors' are read on different threads."""
