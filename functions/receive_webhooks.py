"""A vendor's callback, verified on its raw bytes -> deliveries and events -> events queue."""

import json
from base64 import b64decode
from functools import cache
from typing import Any

from hub.aws import bootstrap
from hub.aws.event_queue import EventQueue
from hub.aws.observability import logger
from hub.aws.secrets import SecretsManager
from hub.clock import real_now
from hub.connector_kit import Callbacks, Connector, Credentials, Hook, discover
from hub.connector_kit.receiving import Heard, NotTheVendor, Unreadable, receive, receive_event
from hub.errors import ConfigurationError
from hub.ingestion.requests import Request, read_request
from hub.settings import ReceiveWebhooksSettings

settings = cache(ReceiveWebhooksSettings.from_environment)


def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """API Gateway's POST and GET /hooks/{connector}, or an EventBridge event that a connector reads."""
    if "detail-type" in event:
        return _take_event(event)
    request = read_request(event)
    connector = _calling().get(request.path.rpartition("/")[2])
    if connector is None or connector.callbacks is None:
        return _no(404, "unknown_connector", "No connector of this name takes callbacks.")
    try:
        return _answer(request, connector, connector.callbacks)
    except NotTheVendor:
        return _no(
            401, "bad_signature", "The signature does not fit the body; check the secret at both ends."
        )
    except Unreadable as error:
        logger().error("callback not understood", connector=connector.slug, error=str(error))
        return _no(400, "unreadable", "The connector does not know this form.")
    except ConfigurationError as error:
        logger().error("callback cannot be checked", connector=connector.slug, error=str(error))
        return _no(
            503, "not_configured", "The hub cannot check this call at the moment; send it again later."
        )


def _answer(request: Request, connector: Connector, callbacks: Callbacks) -> dict[str, Any]:
    hook = _hook(request)
    credentials = _credentials(connector)
    if request.method == "GET":
        return _page(hook, callbacks, credentials)
    _put(receive(hook, callbacks, credentials))
    return _reply(200, {"success": True})


def _page(hook: Hook, callbacks: Callbacks, credentials: Credentials) -> dict[str, Any]:
    if callbacks.page is None:
        return _no(405, "post_only", "Callbacks come by POST.")
    headers = {"Content-Type": "text/html; charset=utf-8", "Cache-Control": "no-store"}
    return {"statusCode": 200, "headers": headers, "body": callbacks.page(hook, credentials)}


def _take_event(event: dict[str, Any]) -> dict[str, Any]:
    hook = _hook(Request(method="POST", path="/", body=json.dumps(event)))
    for connector in _calling().values():
        if connector.callbacks and connector.callbacks.event_source == event.get("source"):
            _put(receive_event(hook, connector.callbacks, _credentials(connector)))
    return {}


def _hook(request: Request) -> Hook:
    body = b64decode(request.body) if request.is_base64 else request.body.encode()
    now = settings().clock.now()
    return Hook(body=body, headers=request.headers, query=request.query, received_at=now, real_at=real_now())


def _put(heard: Heard) -> None:
    """Durable before it is answered; a failure here is an error to the vendor, who then calls again."""
    url = settings().events_queue_url
    if heard.deliveries:
        bootstrap.outcomes(url).put(heard.deliveries)
    if heard.events:
        EventQueue(bootstrap.client("sqs"), url).put(heard.events)


@cache
def _calling() -> dict[str, Connector]:
    return {connector.slug: connector for connector in discover() if connector.callbacks}


@cache
def _secrets() -> SecretsManager:
    return SecretsManager(bootstrap.client("secretsmanager"))


def _credentials(connector: Connector) -> Credentials:
    return connector.read_credentials(_secrets(), settings().secrets[connector.slug])


def _no(status: int, code: str, message: str) -> dict[str, Any]:
    return _reply(status, {"success": False, "code": code, "message": message})


def _reply(status: int, body: dict[str, Any]) -> dict[str, Any]:
    return {"statusCode": status, "headers": {"Content-Type": "application/json"}, "body": json.dumps(body)}
