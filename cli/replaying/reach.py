"""Whether a customer could have been reached: asked of the connectors themselves, without a vendor."""

from collections.abc import Callable, Sequence

from hub.clock import SECOND
from hub.connector_kit import Connector, NoAddress
from hub.connector_kit.describing import of_message
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
        run = profile.enrollments.get(message.enrollment_id)
        own = of_message(message, sent_at=message.planned_at // SECOND, unsubscribe_url="")
        seen = {**document(seen_by(profile, run)), **own}
        try:
            action.fill(message.params, seen, blank)
        except NoAddress as missing:
            return str(missing)
        return ""

    return lacks
