"""A hub on an AWS in memory: stack hub-dev with its tables, as the commands look for it."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto import mock_aws

from cli.target import Target
from hub.clock import Instant
from hub.definitions import wanted
from hub.events import accept
from hub.identities import profile_id_for
from hub.profiles import Profile
from hub.rules import Rules
from hub.strategy.strategy import Strategy
from hub.timeline import live, settle

TEA_LOVER = """
name: tea_lover
description: Looked at tea twice in a week.
when:
  all:
    - {did: Product Viewed, where: {category: Tea}, at_least: 2, within: 7d}
    - {identified_by: email}
"""
JOURNEY = """
name: tea_time
entry: {segment: tea_lover}
goal: {did: Order Completed, value: revenue}
ends_after: 3d
holdout: 10%
steps:
  - after: 0s
    do: [{meta_custom_audiences.join: {audience: tea}}]
  - after: 4h
    do: [{site.show: {slot: welcome, content: tea}}]
"""


BACKFILL = "arn:aws:states:eu-west-1:123456789012:stateMachine:hub-dev-backfill"


def write_strategy(directory: Path) -> Path:
    for folder, name, text in (
        ("segments", "tea_lover.yaml", TEA_LOVER),
        ("journeys", "tea_time.yaml", JOURNEY),
        ("templates", "tea.liquid", "<p>Tea for {{ profile.traits.firstName }}</p>"),
    ):
        (directory / folder).mkdir(parents=True, exist_ok=True)
        (directory / folder / name).write_text(text)
    return directory


@contextmanager
def hub_on_aws(monkeypatch: pytest.MonkeyPatch, **moto: Any) -> Iterator[Target]:
    """`moto`: of `mock_aws`."""
    for name, value in (
        ("AWS_DEFAULT_REGION", "eu-west-1"),
        ("AWS_ACCESS_KEY_ID", "x"),
        ("AWS_SECRET_ACCESS_KEY", "x"),
    ):
        monkeypatch.setenv(name, value)
    with mock_aws(**moto):
        cloudformation = boto3.client("cloudformation")
        cloudformation.create_stack(StackName="hub-dev", TemplateBody=json.dumps(_template()))
        yield Target(stage="dev")


def _template() -> dict[str, object]:
    tables = {name: _table(has_sort_key=name != "Profiles") for name in ("Profiles", "Segments", "Journeys")}
    outputs: dict[str, object] = {f"{name}Table": {"Value": {"Ref": name}} for name in tables}
    outputs |= {
        "Endpoint": {"Value": "https://hub.example.com/"},
        "BackfillMachine": {"Value": BACKFILL},
        "WriteKeys": {"Value": '{"wk_1": "website"}'},
        "EventsQueueUrl": {"Value": {"Ref": "Events"}},
        "ArchiveBucket": {"Value": {"Ref": "Archive"}},
    }
    others = {"Events": {"Type": "AWS::SQS::Queue"}, "Archive": {"Type": "AWS::S3::Bucket"}}
    return {"Resources": {**tables, **others}, "Outputs": outputs}


def _table(*, has_sort_key: bool) -> dict[str, object]:
    keys = [("pk", "HASH"), ("sk", "RANGE")][: 1 + has_sort_key]
    properties = {
        "BillingMode": "PAY_PER_REQUEST",
        "AttributeDefinitions": [{"AttributeName": name, "AttributeType": "S"} for name, _ in keys],
        "KeySchema": [{"AttributeName": name, "KeyType": kind} for name, kind in keys],
    }
    return {"Type": "AWS::DynamoDB::Table", "Properties": properties}


def deploy(hub: Target, strategy: Strategy, now: Instant = 0) -> None:
    """The hub knows what the strategy's segments mean."""
    for definition in wanted(strategy, now).values():
        hub.definitions.put(definition)


def customer(strategy: Strategy, *messages: Mapping[str, object], until: int) -> Profile:
    """The profile that these messages of one customer make, as it stands at `until`."""
    rules = Rules(strategy)
    events = [
        accept({"messageId": f"m{place}", **message}, received_at=until)
        for place, message in enumerate(messages)
    ]
    profile = Profile(profile_id_for(("user_id", events[0].user_id)))
    for event in events:
        live(profile, event, rules)
    settle(profile, until, rules)
    return profile


def keep(hub: Target, profile: Profile) -> Profile:
    hub.profiles.put(profile)
    for identifier in profile.identifiers:
        hub.profiles.claim(identifier, profile.profile_id)
    for segment, since in profile.memberships.items():
        hub.segments.enter(segment, profile.profile_id, since, {"holds": True, "counted": 2}, "v1")
        hub.segments.grow({segment: 1})
    for enrollment in profile.enrollments.values():
        hub.runs.open(enrollment, profile.profile_id)
    return profile
