"""What a dashboard or an alarm looks at is what the code writes down: one renamed name would silence it."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from hub.deployed import METRIC_NAMESPACE
from tests.infra.conftest import properties_of
from tests.moto_stack import Template

ROOT = Path(__file__).resolve().parents[2]


def test_every_number_that_is_shown_is_one_that_a_lambda_writes_down(prod: Template) -> None:
    shown = set(_on_dashboards(prod))

    assert {"Sent", "WithheldForCap", "RejectedMessages", "BotEvents"} <= shown
    assert shown - _words_of_the_lambdas() == set()


def test_every_number_that_wakes_somebody_is_one_that_a_lambda_writes_down(prod: Template) -> None:
    alarms = [
        one
        for one in properties_of(prod, "AWS::CloudWatch::Alarm")
        if one.get("Namespace") == METRIC_NAMESPACE
    ]
    woken_by = {alarm["MetricName"] for alarm in alarms}

    assert {"TimeToOff", "RunsFailed"} <= woken_by
    assert woken_by - _words_of_the_lambdas() == set()


def _on_dashboards(template: Template) -> Iterator[str]:
    for dashboard in properties_of(template, "AWS::CloudWatch::Dashboard"):
        _, parts = dashboard["DashboardBody"]["Fn::Join"]
        body = "".join(part for part in parts if isinstance(part, str))
        yield from re.findall(rf'"{METRIC_NAMESPACE}","(\w+)"', body)


def _words_of_the_lambdas() -> set[str]:
    """Every string that the source of a Lambda has; the names of its metrics are among them."""
    sources = [path for room in ("layers", "functions") for path in (ROOT / room).rglob("*.py")]
    nodes = (node for path in sources for node in ast.walk(ast.parse(path.read_text())))
    return {node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)}
