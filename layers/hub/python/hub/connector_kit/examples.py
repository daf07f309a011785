"""The customer of every example, and an example carried out: what the conformance tests and the docs run."""

from collections.abc import Iterable
from typing import Any

from hub.connector_kit.declaration import Action, Credentials, Level, Send
from hub.connector_kit.rendering import Rendered
from hub.connector_kit.requests import Answer, Plan, Request, as_plan

ANNA: dict[str, Any] = {
    "profile": {
        "id": "p_anna",
        "user_id": "cust-42",
        "email": "anna.jansen+shop@gmail.com",
        "phone": "+31612345678",
        "anonymous_id": "anon-1",
        "traits": {
            "email": " Anna.Jansen+Shop@Gmail.com ",
            "phone": "+31612345678",
            "first_name": "Anna",
            "last_name": "Jansen",
            "address": {"city": "Amsterdam", "postal_code": "1012 AB", "country": "NL"},
        },
    },
    "cart": {
        "cart_id": "cart-7",
        "items": 2,
        "value": 59.95,
        "currency": "EUR",
        "summary": "2 x Green tea",
        "lines": [{"product_id": "sku1", "name": "Green tea", "price": 29.975, "quantity": 2}],
        "updated_at": "2026-11-21T09:30:00Z",
    },
    "segments": ["cart_abandoner"],
    "enrollment": {"id": "cart_recovery-1", "journey": "cart_recovery", "step": 0},
    "message": {
        "id": "msg_1",
        "profile_id": "p_anna",
        "planned_at": "2026-11-21T10:00:00Z",
        "sent_at": 1795255200,
    },
    "unsubscribe_url": "https://hub.test/hooks/x?token=t",
}

REMINDER = Rendered(
    subject="You left something behind",
    html="<p>Hi {{ profile.traits.first_name }}</p>",
    text="Hi {{ profile.traits.first_name }}",
)


def requests_of(action: type[Action], credentials: Credentials) -> list[Request]:
    """What an action's example makes the kit send, fed with the example's answers."""
    filled = action.fill(action.example.params, action.example.document, action.example.templates)
    return list(_walk(_asked(filled, credentials), action.example.answers))


def inverse_requests_of(action: type[Level], credentials: Credentials) -> list[Request]:
    filled = action.fill(action.example.params, action.example.document, action.example.templates)
    asked = action.off([filled.row()], action.target(action.example.params), credentials)
    return list(_walk(asked, action.example.inverse_answers))


def _asked(filled: Action, credentials: Credentials) -> Request | Plan | None:
    match filled:
        case Send():
            return filled.request(credentials)
        case Level():
            return type(filled).on([filled.row()], filled.target(filled.example.params), credentials)
        case _:
            raise TypeError(f"{type(filled).__name__} is neither sent nor a level")


def _walk(asked: Request | Plan | None, answers: Iterable[Answer]) -> Iterable[Request]:
    if asked is None:
        return
    plan, fed = as_plan(asked), iter(answers)
    try:
        request = next(plan)
        while True:
            yield request
            request = plan.send(next(fed))
    except StopIteration:
        return
