"""The three tables. Each has its own life: stream, expiry, grants."""

from aws_cdk import aws_dynamodb as dynamodb
from constructs import Construct

from infra.stages import Stage

EXPIRY = "expires_at"


class Storage(Construct):
    def __init__(self, scope: Construct, stage: Stage) -> None:
        super().__init__(scope, "Storage")
        self._stage = stage
        self.profiles = self._table(
            "Profiles", sort_key=None, expiry=EXPIRY, stream=dynamodb.StreamViewType.NEW_AND_OLD_IMAGES
        )
        self.segments = self._table("Segments")
        self.journeys = self._table("Journeys", expiry=EXPIRY)

    def _table(
        self,
        name: str,
        *,
        sort_key: str | None = "sk",
        expiry: str | None = None,
        stream: dynamodb.StreamViewType | None = None,
    ) -> dynamodb.Table:
        """`Table` and not `TableV2`: moto's CloudFormation, and so the tests, know only the former."""
        return dynamodb.Table(
            self,
            name,
            partition_key=_text("pk"),
            sort_key=_text(sort_key) if sort_key else None,
            billing_mode=dynamodb.BillingMode.PAY_PER_REQUEST,
            time_to_live_attribute=expiry,
            stream=stream,
            point_in_time_recovery_specification=dynamodb.PointInTimeRecoverySpecification(
                point_in_time_recovery_enabled=True
            ),
            deletion_protection=self._stage.keeps_data,
            removal_policy=self._stage.removal_policy,
        )


def _text(name: str) -> dynamodb.Attribute:
    return dynamodb.Attribute(name=name, type=dynamodb.AttributeType.STRING)
