"""The customer of every example, and the template she is written to with."""

from typing import Any

from hub.connector_kit.rendering import Rendered

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
