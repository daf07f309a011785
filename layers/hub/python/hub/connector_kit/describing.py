"""What an action's fields may say of the customer and of the message itself."""

from typing import Any

from hub.clock import SECOND, format_instant
from hub.connector_kit.credentials import Credentials
from hub.connector_kit.results import Tools
from hub.deliveries import Message
from hub.keyed_runs import seen_by
from hub.profiles import Profile


def document_of(profile: Profile, message: Message, credentials: Credentials, tools: Tools) -> dict[str, Any]:
    """The customer's document as the message's run sees her, with what the kit adds: enrollment, message,
    unsubscribe_url."""
    run = profile.enrollments.get(message.enrollment_id)
    # A signature's timestamp is real time, in seconds.
    own = of_message(
        message, sent_at=tools.real_now() // SECOND, unsubscribe_url=credentials.unsubscribe_url(message)
    )
    return {**tools.describe(seen_by(profile, run)), **own}


def of_message(message: Message, *, sent_at: int, unsubscribe_url: str) -> dict[str, Any]:
    """What the kit itself says of a message. `sent_at`: seconds of real time."""
    return {
        "enrollment": {"id": message.enrollment_id, "journey": message.journey, "step": message.step},
        "message": {
            "id": message.message_id,
            "profile_id": message.profile_id,
            "planned_at": format_instant(message.planned_at),
            "sent_at": sent_at,
        },
        "unsubscribe_url": unsubscribe_url,
    }
