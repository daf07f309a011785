"""What a month costs in which nothing happens, counted in the production stack's template.

    python -m tests.benchmarks.idle_cost [--json]

Free tiers (ten alarms, three dashboards, a million SQS requests) are not taken off; --json says both.
"""

from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.benchmarks import production
from tests.benchmarks.prices import MILLION, MONTH_HOURS, Unit, priced, total
from tests.benchmarks.rows import Row, alone
from tests.moto_stack import Template, resources

TARGET = 10.0
# A mapping of a queue asks with five pollers, each for 20 seconds: 0.66 million receives a month.
POLLERS, POLL_SECONDS = 5, 20
FREE = {Unit.ALARMS: 10, Unit.DASHBOARDS: 3, Unit.QUEUE: MILLION}
PAID_BY_THE_HOUR = ("AWS::EC2", "AWS::RDS", "AWS::Kinesis::", "AWS::KMS::Key", "AWS::WAF", "AWS::ECS")


def rows() -> list[Row]:
    with TemporaryDirectory() as directory:
        used = counted(production.template(Path(directory)))
    paid = {unit: max(0, amount - FREE.get(unit, 0)) for unit, amount in used.items()}
    figures = {"used": dict(used), "usd": priced(used), "usd_with_free_tiers": total(paid)}
    return [
        Row(
            what="an idle month",
            measured=f"${total(used):.2f} (${total(paid):.2f} with free tiers)",
            target=f"≤ ${TARGET:.0f}",
            ok=total(used) <= TARGET,
            figures=figures,
        )
    ]


def counted(template: Template) -> Counter[Unit]:
    """What is billed whether or not anything happens; tables, streams and Lambdas that rest are free."""
    hourly = [
        one["Type"] for one in template["Resources"].values() if one["Type"].startswith(PAID_BY_THE_HOUR)
    ]
    if hourly:
        raise ValueError(f"these have a price by the hour that is not counted here: {hourly}")
    mappings = [found for _, found in resources(template, "AWS::Lambda::EventSourceMapping")]
    # A stream's mapping polls for free.
    queues = sum("StartingPosition" not in mapping for mapping in mappings)
    return Counter(
        {
            Unit.ALARMS: _number(template, "AWS::CloudWatch::Alarm"),
            Unit.DASHBOARDS: _number(template, "AWS::CloudWatch::Dashboard"),
            Unit.SECRETS: _number(template, "AWS::SecretsManager::Secret"),
            Unit.QUEUE: round(queues * POLLERS * MONTH_HOURS * 3_600 / POLL_SECONDS),
        }
    )


def _number(template: Template, kind: str) -> int:
    return sum(1 for _ in resources(template, kind))


if __name__ == "__main__":
    alone(rows)
