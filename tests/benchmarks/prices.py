"""What AWS asks for, in US dollars: us-east-1, arm64, first tier, and nothing taken off for free tiers."""

from collections.abc import Mapping
from enum import StrEnum

MILLION = 1_000_000
MONTH_HOURS = 730
GIB = 1 << 30


class Unit(StrEnum):
    """One line of a bill."""

    API = "HTTP API requests of 512 KB"
    INVOCATIONS = "Lambda requests"
    GB_SECONDS = "Lambda GB-seconds"
    WRITES = "DynamoDB write units"
    READS = "DynamoDB read units"
    QUEUE = "SQS requests of 64 KB"
    FIREHOSE = "Firehose GB, records rounded up to 5 KB"
    TRANSITIONS = "Step Functions transitions"
    SCHEDULES = "Scheduler invocations"
    LOGS = "CloudWatch Logs GB taken in"
    TRACES = "X-Ray traces recorded"
    SECRET_CALLS = "Secrets Manager calls"
    ALARMS = "alarms, a month"
    DASHBOARDS = "dashboards, a month"
    SECRETS = "secrets, a month"


USD: Mapping[Unit, float] = {
    # AWS whitepaper and go-cloud.io 2026: $1.00 a million up to 300 M, metered in steps of 512 KB.
    Unit.API: 1.00 / MILLION,
    # Price List API, offer of 2026-09-19, arm64, tier 1.
    Unit.INVOCATIONS: 0.20 / MILLION,
    Unit.GB_SECONDS: 0.0000133334,
    # On demand since 2024-11-01; Price List refresh of 2026-09-06.
    Unit.WRITES: 0.625 / MILLION,
    Unit.READS: 0.125 / MILLION,
    # cloudburn.io 2026-03-14, factualminds.com 2026-06-13: standard queues, each 64 KB a request.
    Unit.QUEUE: 0.40 / MILLION,
    # Direct PUT; each record is rounded up to 5 KB.
    Unit.FIREHOSE: 0.029,
    # aws.amazon.com/step-functions/pricing: Standard, each retry a transition more.
    Unit.TRANSITIONS: 25.00 / MILLION,
    # cloudburn.io 2026-03-13; 14 M a month would be free.
    Unit.SCHEDULES: 1.00 / MILLION,
    # Third-party notes verified 2026-08-01; EMF lines and access logs are log lines like others.
    Unit.LOGS: 0.50,
    # aws.amazon.com/xray/pricing: $5.00 a million recorded.
    Unit.TRACES: 5.00 / MILLION,
    # $0.05 for 10,000.
    Unit.SECRET_CALLS: 5.00 / MILLION,
    # Third-party notes verified 2026-08-01; 10 alarms and 3 dashboards would be free.
    Unit.ALARMS: 0.10,
    Unit.DASHBOARDS: 3.00,
    Unit.SECRETS: 0.40,
}


def priced(used: Mapping[Unit, float]) -> dict[Unit, float]:
    """Dollars a line, the dearest first."""
    lines = {unit: amount * USD[unit] for unit, amount in used.items()}
    return dict(sorted(lines.items(), key=lambda line: -line[1]))


def total(used: Mapping[Unit, float]) -> float:
    return sum(priced(used).values())
