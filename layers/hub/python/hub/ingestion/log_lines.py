"""The few lines the door writes: what was refused, what failed. Codes and places, never data (P9)."""

import json
from collections.abc import Mapping
from pathlib import PurePath
from traceback import extract_tb

from hub.clock import Instant
from hub.deployed import METRIC_NAMESPACE
from hub.errors import ConfigurationError, RetryLater


def rejections_line(stage: str, rejected: Mapping[str, int], real_now: Instant) -> str:
    """The metric `RejectedMessages` by stage (embedded metric format), the codes beside it."""
    metric = {"Name": "RejectedMessages", "Unit": "Count"}
    directive = {"Namespace": METRIC_NAMESPACE, "Dimensions": [["stage"]], "Metrics": [metric]}
    return json.dumps(
        {
            "_aws": {"Timestamp": real_now, "CloudWatchMetrics": [directive]},
            "stage": stage,
            "RejectedMessages": sum(rejected.values()),
            "codes": dict(rejected),
        }
    )


def failure_line(error: Exception) -> str:
    """What failed and where. The text only of errors whose text is ours: any other may quote a message."""
    places = [f"{PurePath(frame.filename).name}:{frame.lineno}" for frame in extract_tb(error.__traceback__)]
    reason = str(error) if isinstance(error, ConfigurationError | RetryLater) else ""
    return json.dumps({"level": "ERROR", "error": type(error).__name__, "reason": reason, "at": places})
