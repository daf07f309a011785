"""An example of a connector carried out."""

from collections.abc import Iterable

from hub.connector_kit.credentials import Credentials
from hub.connector_kit.declaration import Action, Level, Send
from hub.connector_kit.requests import Answer, Plan, Request, as_plan


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
