"""Queues that lose nothing: what cannot be done ends in a dead-letter queue and stays two weeks."""

from aws_cdk import Duration, RemovalPolicy
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from infra.stages import Stage

KEPT = Duration.days(14)


class DurableQueue(sqs.Queue):
    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        name: str,
        stage: Stage,
        consumer_timeout: Duration,
        receives: int,
    ) -> None:
        """`consumer_timeout`: of the Lambda that reads it; AWS wants six times that for the visibility."""
        self.receives = receives
        self.dead_letters = dead_letters(scope, f"{construct_id}Dead", f"{name}-dead", stage)
        super().__init__(
            scope,
            construct_id,
            queue_name=stage.named(name),
            visibility_timeout=Duration.seconds(6 * consumer_timeout.to_seconds()),
            retention_period=KEPT,
            encryption=sqs.QueueEncryption.SQS_MANAGED,
            enforce_ssl=True,
            dead_letter_queue=sqs.DeadLetterQueue(queue=self.dead_letters, max_receive_count=receives),
            removal_policy=RemovalPolicy.DESTROY,
        )


def dead_letters(scope: Construct, construct_id: str, name: str, stage: Stage) -> sqs.Queue:
    return sqs.Queue(
        scope,
        construct_id,
        queue_name=stage.named(name),
        retention_period=KEPT,
        encryption=sqs.QueueEncryption.SQS_MANAGED,
        enforce_ssl=True,
    )
