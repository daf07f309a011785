"""Logs and metrics of the Lambdas behind the queues; neither carries personal data, both are per batch.

Metrics travel as embedded-metric log lines (no API call), all in one namespace with one dimension, the
stage: each further combination of dimensions costs as much as a metric of its own.
"""

import traceback
from functools import cache
from pathlib import Path
from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.metrics import EphemeralMetrics, MetricUnit
from botocore.exceptions import ClientError

from hub.deployed import METRIC_NAMESPACE
from hub.errors import ConfigurationError

_OURS = Path(__file__).parents[1]
_CALLS_SHOWN = 8


@cache
def logger() -> Logger:
    return Logger(service="customer-data-hub")


def in_our_words(error: Exception) -> dict[str, Any]:
    """What and where, for a log line: an exception's own text may hold anything that a customer sent (P9)."""
    what = str(error) if isinstance(error, ConfigurationError) else type(error).__name__
    calls = traceback.extract_tb(error.__traceback__)[-_CALLS_SHOWN:]
    return {"error": what, "where": " < ".join(f"{call.filename}:{call.lineno}" for call in reversed(calls))}


def in_short(error: Exception) -> str:
    """The class of an error and where it came from, e.g. "KeyError in carts.py:88"."""
    calls = traceback.extract_tb(error.__traceback__)
    ours = [call for call in calls if Path(call.filename).is_relative_to(_OURS)] or calls
    where = f" in {Path(ours[-1].filename).name}:{ours[-1].lineno}" if ours else ""
    code = error.response["Error"]["Code"] if isinstance(error, ClientError) else type(error).__name__
    return f"{code}{where}"


class Meter:
    """Numbers of one invocation, written as one line at its end."""

    def __init__(self, stage: str) -> None:
        self._stage = stage
        self._metrics = EphemeralMetrics(namespace=METRIC_NAMESPACE)

    def count(self, name: str, number: float = 1) -> None:
        self._metrics.add_metric(name=name, unit=MetricUnit.Count, value=number)

    def some(self, name: str, number: int) -> None:
        """A count, where there is anything to count."""
        if number:
            self.count(name, number)

    def seconds(self, name: str, seconds: float) -> None:
        """A duration in hub seconds; may be said several times, CloudWatch makes percentiles of them."""
        self._metrics.add_metric(name=name, unit=MetricUnit.Seconds, value=seconds)

    def flush(self) -> None:
        if self._metrics.metric_set:
            self._metrics.add_dimension(name="stage", value=self._stage)
            self._metrics.flush_metrics()
