"""A message, as it goes from queue to timer to table and back: nothing that it says is lost or unreadable."""

from hub.deliveries import Message
from tests.builders import WHOLE, a_message


def test_a_message_that_says_all_it_can_is_read_as_it_was_written() -> None:
    message = a_message(**WHOLE)

    written = message.model_dump_json(exclude_defaults=True)

    assert Message.model_validate_json(written) == message


def test_whole_is_whole() -> None:
    bare, whole = a_message(), a_message(**WHOLE)

    unsaid = [name for name in Message.model_fields if getattr(bare, name) == getattr(whole, name)]
    assert all(Message.model_fields[name].is_required() for name in unsaid)
