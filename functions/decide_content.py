"""GET /v1/decisions: what the site may show a visitor now."""

import json
from functools import cache
from typing import Any

from hub import identities, pipeline
from hub.aws import bootstrap
from hub.aws.effects_table import EffectsTable
from hub.connector_kit import render_template
from hub.documents import document
from hub.profiles import Profile
from hub.settings import DecideContentSettings

settings = cache(DecideContentSettings.from_environment)

_HEADERS = {
    "content-type": "application/json",
    "access-control-allow-origin": "*",
    "cache-control": "no-store",
}
_WHO = {"userId": "user_id", "anonymousId": "anonymous_id"}


def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    asked = event.get("queryStringParameters") or {}
    who = [(kind, value) for name, kind in _WHO.items() if (value := identities.usable(asked.get(name, "")))]
    if not who:
        return _answer(
            400,
            {
                "success": False,
                "code": "no_user_anon_id",
                "message": "add anonymousId= or userId= to the query",
            },
        )
    slots = [slot for slot in asked.get("slots", "").split(",") if slot]
    told = settings()
    content = pipeline.decide_content(
        who,
        slots,
        profiles=bootstrap.profiles(told.profiles_table),
        effects=EffectsTable(bootstrap.client("dynamodb"), told.journeys_table),
        render=_render,
        describe=_describe,
    )
    return _answer(200, {"success": True, "slots": content})


def _describe(profile: Profile) -> dict[str, Any]:
    told = settings()
    predicted = bootstrap.rules(told.strategy_path).predicted(profile, told.clock.now())
    return document(profile, predicted)


def _render(name: str, document: dict[str, Any]) -> str:
    template = bootstrap.rules(settings().strategy_path).strategy.templates.get(name)
    rendered = render_template(template, document) if template else None
    return (rendered.html or rendered.text) if rendered else ""


def _answer(status: int, body: dict[str, Any]) -> dict[str, Any]:
    return {"statusCode": status, "headers": _HEADERS, "body": json.dumps(body)}
