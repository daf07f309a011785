"""`hub profile`: what the hub knows of one customer."""

from collections.abc import Callable
from typing import Any, TypeVar

import click

from cli import listing, target
from cli.profile_view import View, view
from cli.target import Target
from hub import identities
from hub.errors import HubError
from hub.profiles import Profile

F = TypeVar("F", bound=Callable[..., Any])

_NORMALISERS: dict[str, Callable[[str], str]] = {
    "user_id": identities.usable,
    "email": identities.email,
    "phone": identities.phone,
    "anonymous_id": identities.usable,
}
_OPTIONS = ("user_id", "email", "phone", "anonymous_id", "id")


class NoSuchCustomer(HubError):
    pass


def who_options(command: F) -> F:
    """`--user-id`, `--email`, `--phone`, `--anonymous-id`, `--id`: exactly one of them says who is meant."""
    texts = ("user id", "e-mail address", "telephone number", "anonymous id", "profile id (p_...)")
    for name, text in reversed(list(zip(_OPTIONS, texts, strict=True))):
        command = click.option(f"--{name.replace('_', '-')}", name, metavar="X", help=f"By {text}.")(command)
    return command


def find(hub: Target, **who: str | None) -> Profile:
    """The one customer that the options of `who_options` name."""
    given = {name: value for name, value in who.items() if value is not None}
    if len(given) != 1:
        raise click.UsageError(f"say who by exactly one of {', '.join(_option(name) for name in _OPTIONS)}")
    [(kind, said)] = given.items()
    profile = hub.profiles.get(_profile_id(hub, kind, said))
    if profile is None:
        raise NoSuchCustomer(f"{_option(kind)} {said}: the hub knows nobody by it")
    return profile


def _profile_id(hub: Target, kind: str, said: str) -> str:
    if kind == "id":
        return said
    value = _NORMALISERS[kind](said)
    if not value:
        raise click.UsageError(f"{_option(kind)} {said}: this stands for nobody")
    found = hub.profiles.find([(kind, value)])
    if not found:
        raise NoSuchCustomer(f"{_option(kind)} {said}: the hub knows nobody by it")
    return found[kind, value]


def _option(name: str) -> str:
    return f"--{name.replace('_', '-')}"


def everything(hub: Target, profile: Profile) -> View:
    """The view of a customer, with what the segments and journeys tables add to her profile."""
    members = {name: hub.segments.member(name, profile.profile_id) for name in profile.memberships}
    runs = {one: hub.runs.get(one) for one in profile.enrollments}
    because = {name: dict(member.evidence) for name, member in members.items() if member}
    return view(profile, because, {one: run.step for one, run in runs.items() if run})


@click.group()
def profile() -> None:
    """What the hub knows of a customer."""


@profile.command()
@who_options
@listing.json_option
@target.option
def show(*, stage: str | None, as_json: bool, **who: str | None) -> None:
    """Everything known of one customer.

    Who is meant is said by exactly one of --user-id, --email, --phone, --anonymous-id and --id.
    """
    hub = target.find(stage)
    found = everything(hub, find(hub, **who))
    if as_json:
        listing.print_json(found)
    else:
        _print(found)


def _print(found: View) -> None:
    click.echo(f"Profile {found['profile_id']}\n")
    listing.print_rows(found["identities"], as_json=False, empty="no identities")
    _section("Traits", [{"trait": name, "value": value} for name, value in found["traits"].items()])
    click.echo(f"\nCart: {found['cart']['summary'] or 'empty'}")
    _section(
        "Segments", [{"segment": name, "since": one["since"]} for name, one in found["segments"].items()]
    )
    _section(
        "Journeys", [_without(one, "enrollment_id", "conversion", "ends_at") for one in found["enrollments"]]
    )
    _section(
        "Deliveries",
        [_without(one, "message_id", "enrollment_id", "first_at") for one in found["deliveries"]],
    )
    _section("Consent", [{"purpose": name, **one} for name, one in found["consent"].items()])


def _section(title: str, rows: list[dict[str, Any]]) -> None:
    click.echo(f"\n{title}")
    listing.print_rows(rows, as_json=False, empty="  none")


def _without(row: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name not in names}
