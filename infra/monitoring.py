"""What ops look at and are woken by, in the order of an event's way."""

import re
from collections.abc import Sequence

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from hub.deployed import METRIC_NAMESPACE
from infra.parts import Parts
from infra.stages import Stage

_FIVE_MINUTES = Duration.minutes(5)
_WIDTH = 24
Widgets = Sequence[cloudwatch.GraphWidget]

# What the Lambdas count, and a person must look after; their logs say which connector or run it is.
_TROUBLE = {
    "RunsFailed": "a journey's step failed for hours and its run was ended: logs of run_journey_step",
    "ConnectorAuthFailed": "a vendor refuses our credentials: put right ones into its secret",
    "CircuitOpened": "a vendor is down, its messages wait",
    "UnknownOutcomes": "a request left and no answer came: look it up at the vendor",
    "UnknownErrors": "a vendor answers what its error table does not know",
}

_QUALITY = (
    "EventsQuarantined",
    "PlanViolations",
    "BotEvents",
    "NobodysEvents",
    "IdentifiersRefused",
    "IdentifiersQuarantined",
)


class Dashboard(Construct):
    def __init__(self, scope: Construct, stage: Stage, parts: Parts) -> None:
        super().__init__(scope, "Dashboard")
        cloudwatch.Dashboard(
            self,
            "Overview",
            dashboard_name=stage.named("overview"),
            default_interval=Duration.hours(12),
            widgets=[
                *_chapter("1 · Events come in", _events(stage, parts)),
                *_chapter("2 · Profiles are kept", _profiles(stage, parts)),
                *_chapter("3 · Time passes, segments change, journeys begin", _changes(stage, parts)),
                *_chapter("4 · Journeys run", _journeys(stage, parts)),
                *_chapter("5 · Vendors are told", _vendors(parts)),
                [*_outcomes(stage)],
                *_chapter("6 · The site is answered", _decisions(parts)),
            ],
        )


def _events(stage: Stage, parts: Parts) -> Widgets:
    api = parts.ingestion.api
    return [
        _graph("Requests", [api.metric_count(), api.metric_server_error()]),
        _graph("Latency, ms", [api.metric_latency(statistic="p99")]),
        _graph("Refused messages", [hub_metric(stage, "RejectedMessages", "sum")]),
    ]


def _profiles(stage: Stage, parts: Parts) -> Widgets:
    queue, table = parts.ingestion.events, parts.storage.profiles
    return [
        _graph("Events queue", [_visible(queue), _age(queue)]),
        _function_graph("update_profiles", parts.profiles.function),
        _graph("Profiles: write units", [table.metric_consumed_write_capacity_units()]),
        _graph("Kept out or doubted", [hub_metric(stage, name, "sum") for name in _QUALITY]),
    ]


def _changes(stage: Stage, parts: Parts) -> Widgets:
    function = parts.reactions.function
    return [
        _graph("Lateness of ticks, hub seconds", [hub_metric(stage, "TickLateness", "p99")]),
        _function_graph("react_to_changes", function),
        _graph("Behind the changes, ms", [_iterator_age(function)]),
    ]


def _journeys(stage: Stage, parts: Parts) -> Widgets:
    machines = parts.journeys.machines.values()
    return [
        _graph("Started", [machine.metric_started() for machine in machines]),
        _graph("Failed", [machine.metric_failed() for machine in machines]),
        _graph("Goal to last 'off', hub seconds", [hub_metric(stage, "TimeToOff", "p95")]),
    ]


def _vendors(parts: Parts) -> Widgets:
    queues = [vendor.queue for vendor in parts.deliveries.vendors]
    return [
        _graph("Waiting", [_visible(queue) for queue in queues]),
        _graph("Oldest, seconds", [_age(queue) for queue in queues]),
        _graph("Given up", [_visible(queue.dead_letters) for queue in queues]),
    ]


def _outcomes(stage: Stage) -> Widgets:
    """Every "no" has a reason (P10): the withheld ones are counted by theirs."""
    reasons = ("Cap", "Consent", "Goal", "HoldOut", "Priority", "Address", "Expiry", "Other")
    done = ("Sent", "LevelsOn", "LevelsOff", "Deferred")
    return [
        _graph("Done", [hub_metric(stage, name, "sum") for name in done]),
        _graph("Withheld for", [hub_metric(stage, f"WithheldFor{reason}", "sum") for reason in reasons]),
        _graph("In trouble", [hub_metric(stage, name, "sum") for name in (*_TROUBLE, "Retried", "Refused")]),
    ]


def _decisions(parts: Parts) -> Widgets:
    function = parts.decisions.function
    return [
        _function_graph("decide_content", function),
        _graph("Duration, ms", [function.metric_duration(statistic="p95")]),
    ]


class Alarms(Construct):
    """All of them speak to one topic, which people subscribe to."""

    def __init__(self, scope: Construct, stage: Stage, parts: Parts) -> None:
        super().__init__(scope, "Alarms")
        self._stage = stage
        self._topic = sns.Topic(self, "Topic", topic_name=stage.named("alarms"), enforce_ssl=True)
        queues = {vendor.connector.slug: vendor.queue for vendor in parts.deliveries.vendors}
        for name, queue in {"events": parts.ingestion.events, **queues}.items():
            self._over(f"{name}-dead", _visible(queue.dead_letters), 0, "the cause gone: hub dlq redrive")
            self._over(f"{name}-old", _age(queue), 900, "its consumer does not keep up, or is paused")
        self._watch_changes(parts)
        self._watch_promises(parts)

    def _watch_changes(self, parts: Parts) -> None:
        self._over(
            "changes-dead",
            _visible(parts.reactions.dead_letters),
            0,
            "changes went unanswered: hub dlq redrive, after a day hub segment backfill --anew",
        )
        self._over("changes-old", _iterator_age(parts.reactions.function), 60_000, "react_to_changes lags")

    def _watch_promises(self, parts: Parts) -> None:
        errors = parts.ingestion.api.metric_server_error(period=_FIVE_MINUTES)
        self._over("api-errors", errors, 5, "clients are told to come again")
        late, on = hub_metric(self._stage, "TickLateness", "p99"), hub_metric(self._stage, "TimeToOff", "p95")
        self._over("tick-lateness", late, 60, "time is late for somebody, in hub seconds")
        self._over("time-to-off", on, 10, "vendors keep on after the goal, in hub seconds")
        for name, advice in _TROUBLE.items():
            self._over(_kebab_case(name), hub_metric(self._stage, name, "sum"), 0, advice)
        for name, machine in {**parts.journeys.machines, "backfill": parts.backfill.machine}.items():
            failed = machine.metric_failed(period=_FIVE_MINUTES)
            self._over(f"{name}-failed", failed, 0, "an execution failed, see its history")

    def _over(self, name: str, metric: cloudwatch.IMetric, threshold: float, advice: str) -> None:
        alarm = cloudwatch.Alarm(
            self,
            name,
            alarm_name=self._stage.named(name),
            alarm_description=advice,
            metric=metric,
            threshold=threshold,
            evaluation_periods=1,
            comparison_operator=cloudwatch.ComparisonOperator.GREATER_THAN_THRESHOLD,
            treat_missing_data=cloudwatch.TreatMissingData.NOT_BREACHING,
        )
        alarm.add_alarm_action(actions.SnsAction(self._topic))


def hub_metric(stage: Stage, name: str, statistic: str) -> cloudwatch.Metric:
    """A number that the Lambdas write down themselves, by stage."""
    return cloudwatch.Metric(
        namespace=METRIC_NAMESPACE,
        metric_name=name,
        dimensions_map={"stage": stage.name},
        statistic=statistic,
        period=_FIVE_MINUTES,
    )


def _visible(queue: sqs.IQueue) -> cloudwatch.Metric:
    return queue.metric_approximate_number_of_messages_visible(period=_FIVE_MINUTES, statistic="max")


def _age(queue: sqs.IQueue) -> cloudwatch.Metric:
    return queue.metric_approximate_age_of_oldest_message(period=_FIVE_MINUTES, statistic="max")


def _iterator_age(function: lambda_.IFunction) -> cloudwatch.Metric:
    return function.metric("IteratorAge", period=_FIVE_MINUTES, statistic="max")


def _chapter(title: str, widgets: Widgets) -> list[Sequence[cloudwatch.IWidget]]:
    return [[cloudwatch.TextWidget(markdown=f"## {title}", width=_WIDTH, height=1)], widgets]


def _graph(title: str, metrics: Sequence[cloudwatch.IMetric]) -> cloudwatch.GraphWidget:
    return cloudwatch.GraphWidget(title=title, left=metrics, width=_WIDTH // 3, height=6)


def _function_graph(title: str, function: lambda_.IFunction) -> cloudwatch.GraphWidget:
    return _graph(
        title, [function.metric_invocations(), function.metric_errors(), function.metric_throttles()]
    )


def _kebab_case(name: str) -> str:
    return re.sub("(?<=[a-z])(?=[A-Z])", "-", name).lower()
