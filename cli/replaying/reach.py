"""Whether a customer could have been reached: asked of the connectors themselves, without a vendor."""

from collections.abc import Callable, Sequence

from hub.connector_kit import Connector, NoAddress
from hub.deliveries import Message
from hub.documents import document
from hub.keyed_runs import seen_by
from hub.profiles import Profile
from hub.strategy.strategy import Strategy
from hub.strategy.templates import Template


def reach(strategy: Strategy, connectors: Sequence[Connector]) -> Callable[[Message, Profile], str]:
    """lacks(message, profile): "" or why the message could not have been made ("no address: ...")."""
    by_slug = {connector.slug: connector for connector in connectors}
    # Nobody reads these messages: whether there is an address does not hang on what they say.
    blank = dict.fromkeys(strategy.templates, Template(subject="-", html="-", text="-"))

    def lacks(message: Message, profile: Profile) -> str:
        action = by_slug[message.connector].actions[message.action]
        seen = {
            **document(seen_by(profile, profile.enrollments.get(message.enrollment_id))),
            "enrollment": {"id": message.enrollment_id, "journey": message.journey, "step": message.step},
            "message": {"id": message.message_id},
            "unsubscribe_url": "",
        }
        try:
            action.fill(message.params, seen, blank)
        except NoAddress as missing:
            return str(missing)
        return ""

    return lacks
