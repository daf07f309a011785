"""The archive: every accepted event, as it came, in S3; what rules are back-filled and back-tested from.

Beside it, under a folder of their own, the events that break the tracking plan wait to be put right.
"""

from typing import cast

from aws_cdk import Acknowledgment, Duration, RemovalPolicy, Size, Stack, Validations
from aws_cdk import aws_kinesisfirehose as firehose
from aws_cdk import aws_logs as logs
from aws_cdk import aws_s3 as s3
from constructs import Construct

from hub.quarantine import FOLDER as QUARANTINE
from infra.stages import Stage

BUFFERED = Duration.minutes(5)
"""How long Firehose may keep an event before it lies in the bucket."""
QUARANTINE_KEPT = Duration.days(90)


class Archive(Construct):
    def __init__(self, scope: Construct, stage: Stage) -> None:
        super().__init__(scope, "Archive")
        self._stage = stage
        self.bucket = self._bucket()
        log = self._log()
        # CDK brings a table of Firehose's addresses that only a firewall would need.
        unused_table = Acknowledgment(
            id="CloudFormation-Validate::W7001", reason="it comes with the construct"
        )
        Validations.of(Stack.of(self)).acknowledge(unused_table)
        self.stream = firehose.DeliveryStream(
            self,
            "Stream",
            delivery_stream_name=stage.named("archive"),
            encryption=firehose.StreamEncryption.aws_owned_key(),
            destination=self._objects(log),
        )

    def _bucket(self) -> s3.Bucket:
        return s3.Bucket(
            self,
            "Bucket",
            encryption=s3.BucketEncryption.S3_MANAGED,
            block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
            enforce_ssl=True,
            versioned=True,
            # An erasure overwrites objects: their former versions must not outlive it for long.
            lifecycle_rules=[
                s3.LifecycleRule(
                    noncurrent_version_expiration=Duration.days(7),
                    abort_incomplete_multipart_upload_after=Duration.days(1),
                ),
                s3.LifecycleRule(prefix=QUARANTINE, expiration=QUARANTINE_KEPT),
            ],
            removal_policy=self._stage.removal_policy,
        )

    def _log(self) -> logs.LogGroup:
        return logs.LogGroup(
            self,
            "Log",
            log_group_name=f"/aws/kinesisfirehose/{self._stage.named('archive')}",
            retention=self._stage.log_retention,
            removal_policy=RemovalPolicy.DESTROY,
        )

    def _objects(self, log: logs.LogGroup) -> firehose.S3Bucket:
        return firehose.S3Bucket(
            self.bucket,
            data_output_prefix="events/!{timestamp:yyyy/MM/dd/HH}/",
            error_output_prefix="errors/!{firehose:error-output-type}/!{timestamp:yyyy/MM/dd}/",
            compression=firehose.Compression.GZIP,
            buffering_interval=BUFFERED,
            buffering_size=Size.mebibytes(64),
            logging_config=cast("firehose.ILoggingConfig", firehose.EnableLogging(log)),
        )
