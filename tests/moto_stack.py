"""The synthesised stack's tables and queues, put up in moto from the template and not from copies."""

from collections.abc import Iterator
from functools import cached_property
from typing import Any

import boto3

Template = dict[str, Any]
"""{"Resources": {logical id: {"Type", "Properties"}}, ...}"""


def resources(template: Template, kind: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """(logical id, properties) of every resource of a type."""
    for logical_id, resource in template["Resources"].items():
        if resource["Type"] == kind:
            yield logical_id, resource.get("Properties", {})


class MotoStack:
    """Names of what stands in moto; inside `mock_aws` only."""

    def __init__(self, template: Template) -> None:
        self.template = template
        self._tables = list(_create_tables(template))
        self._queues = {one["QueueName"] for _, one in resources(template, "AWS::SQS::Queue")}

    @property
    def profiles(self) -> str:
        return self._table("Profiles")

    @property
    def segments(self) -> str:
        return self._table("Segments")

    @property
    def journeys(self) -> str:
        return self._table("Journeys")

    @cached_property
    def archive(self) -> str:
        """The archive's bucket, which is put up when it is first asked for."""
        name = "hub-local-archive"
        region = {"LocationConstraint": boto3.session.Session().region_name}
        boto3.client("s3").create_bucket(Bucket=name, CreateBucketConfiguration=region)
        return name

    def queue(self, name: str) -> str:
        """URL of the queue `hub-<stage>-<name>`, which is put up when it is first asked for."""
        (queue,) = self._queues & {f"hub-local-{name}"}
        url: str = boto3.client("sqs").create_queue(QueueName=queue)["QueueUrl"]
        return url

    def _table(self, name: str) -> str:
        (found,) = (table for table in self._tables if table.startswith(f"Storage{name}"))
        return found


def _create_tables(template: Template) -> Iterator[str]:
    """Properties in CloudFormation are arguments of CreateTable, but for the stream's switch."""
    client: Any = boto3.client("dynamodb")
    for logical_id, properties in resources(template, "AWS::DynamoDB::Table"):
        wanted: dict[str, Any] = {
            name: properties[name]
            for name in ("KeySchema", "AttributeDefinitions", "BillingMode", "GlobalSecondaryIndexes")
            if name in properties
        }
        if "StreamSpecification" in properties:
            wanted["StreamSpecification"] = {"StreamEnabled": True, **properties["StreamSpecification"]}
        client.create_table(TableName=logical_id, **wanted)
        yield logical_id
