"""What a connector is made of: everything that functions/connectors/<vendor>.py imports."""

from hub.connector_kit.answers import RPC_CODES, Answers, reset_epoch, retry_after
from hub.connector_kit.callbacks import Callbacks, Hook, News
from hub.connector_kit.contacts import ContactMembership
from hub.connector_kit.credentials import AudienceCredentials, Credentials
from hub.connector_kit.declaration import (
    Action,
    Connector,
    Example,
    Level,
    Membership,
    Row,
    Send,
    Upsert,
    actions,
)
from hub.connector_kit.discovery import discover
from hub.connector_kit.fields import From, NoAddress, NotFilled
from hub.connector_kit.oauth import RefreshToken
from hub.connector_kit.outcomes import Accepted, Auth, Gone, OptedOut, Outcome, Refused, Retry, Sent, Unknown
from hub.connector_kit.rendering import Rendered, TemplateLike, render_template, render_value
from hub.connector_kit.requests import Answer, AwsRequest, HttpRequest, Plan, Request

__all__ = [
    "RPC_CODES",
    "Accepted",
    "Action",
    "Answer",
    "Answers",
    "AudienceCredentials",
    "Auth",
    "AwsRequest",
    "Callbacks",
    "Connector",
    "ContactMembership",
    "Credentials",
    "Example",
    "From",
    "Gone",
    "Hook",
    "HttpRequest",
    "Level",
    "Membership",
    "News",
    "NoAddress",
    "NotFilled",
    "OptedOut",
    "Outcome",
    "Plan",
    "RefreshToken",
    "Refused",
    "Rendered",
    "Request",
    "Retry",
    "Row",
    "Send",
    "Sent",
    "TemplateLike",
    "Unknown",
    "Upsert",
    "actions",
    "discover",
    "render_template",
    "render_value",
    "reset_epoch",
    "retry_after",
]
