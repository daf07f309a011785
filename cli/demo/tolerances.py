"""How far from the plan a thing may happen, in real seconds."""

LATE = 30.0
"""That a message may be late; P2 gives it a minute, and the emulator shares its cores with all else."""
OFF_WITHIN = 10.0
"""From a purchase, or a no, to the last vendor that was told (DESIGN: p95)."""
EARLY = 1.0
"""The shoppers' clock and the vendors' are read on different threads."""
