"""What a month of nothing costs, counted in the template, at the prices of us-east-1."""

from tests.infra.conftest import properties_of
from tests.moto_stack import Template

SECRET = 0.40
ALARM = 0.10
# The first three of an account are free, as are ten alarms.
DASHBOARD = 0.0
FREE_ALARMS = 10
# Five pollers ask every 20 seconds: 0.65 million receives at 0.40 a million.
POLLED_QUEUE = 0.26


def idle_cost(template: Template) -> float:
    """Dollars a month."""
    alarms = len(properties_of(template, "AWS::CloudWatch::Alarm"))
    polled = [
        m for m in properties_of(template, "AWS::Lambda::EventSourceMapping") if "StartingPosition" not in m
    ]
    return (
        SECRET * len(properties_of(template, "AWS::SecretsManager::Secret"))
        + ALARM * max(0, alarms - FREE_ALARMS)
        + DASHBOARD * len(properties_of(template, "AWS::CloudWatch::Dashboard"))
        + POLLED_QUEUE * len(polled)
    )


def test_an_idle_hub_costs_at_most_ten_dollars_a_month(prod: Template) -> None:
    assert idle_cost(prod) <= 10


def test_nothing_that_is_paid_by_the_hour_stands_in_the_stack(prod: Template) -> None:
    by_the_hour = (
        "AWS::EC2",
        "AWS::RDS",
        "AWS::Kinesis::",
        "AWS::KMS::Key",
        "AWS::WAF",
        "AWS::ECS",
        "AWS::Elasti",
    )

    assert not [one for one in prod["Resources"].values() if one["Type"].startswith(by_the_hour)]
