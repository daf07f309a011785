"""One queue, one secret and one Lambda a vendor, and the way its callbacks come in; found by discover()."""

from aws_cdk import Duration, SecretValue
from aws_cdk import aws_apigatewayv2 as apigateway
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda_event_sources as sources
from aws_cdk import aws_secretsmanager as secretsmanager
from aws_cdk.aws_apigatewayv2_integrations import HttpLambdaIntegration
from constructs import Construct
from hub.connector_kit import AwsRequest, Connector
from hub.settings import ConnectorSettings, ReceiveWebhooksSettings

from infra.hub_time import HubTime
from infra.ingestion import Ingestion
from infra.packaging import HubFunction, Layers
from infra.queues import DurableQueue
from infra.stages import Stage
from infra.storage import Storage

_TIMEOUT = Duration.seconds(60)
# A vendor may be down for a day; the connector spaces its attempts out itself.
_RECEIVES = 100
