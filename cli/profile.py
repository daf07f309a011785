"""`hub profile`: what the hub knows of one customer."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import click

from cli import listing, live, target
from cli.profile_split import split
from cli.profile_view import View, history, identities, merges, view
from cli.target import Target
from hub.authoring import read_scoring_models
from hub.clock import Instant
from hub.compiling import Compiler
from hub.errors import HubError
from hub.identities import Reader
from hub.profiles import Profile

F = TypeVar("F", bound=Callable[..., Any])

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
    value = Reader().normalised(kind, said)
    if not value:
        raise click.UsageError(f"{_option(kind)} {said}: {_unusable(kind)}")
    found = hub.profiles.find([(kind, value)])
    if not found:
        raise NoSuchCustomer(f"{_option(kind)} {said}: the hub knows nobody by it")
    return found[kind, value]


def _unusable(kind: str) -> str:
    if kind == "email":
        return "this is no e-mail address"
    if kind == "phone":
        return "this is no telephone number; write it with its country (+420 …)"
    return "this stands for nobody"


def _option(name: str) -> str:
    return f"--{name.replace('_', '-')}"


def everything(hub: Target, profile: Profile) -> View:
    """The view of a customer, with what the segments and journeys tables add to her profile."""
    members = {name: hub.segments.member(name, profile.profile_id) for name in profile.memberships}
    runs = {one: hub.runs.get(one) for one in profile.enrollments}
    because = {name: dict(member.evidence) for name, member in members.items() if member}
    found = view(profile, because, {one: run.step for one, run in runs.items() if run})
    leads = hub.profiles.leads(sorted(profile.identifiers))
    merged = merges(map(hub.profiles.merge_of, sorted(profile.merged)))
    return found | {"identities": identities(profile, leads), "merged": merged}


def predicted(customer: Profile, directory: Path, now: Instant) -> View:
    """Trait -> what the models of a strategy foretell of her, and what each feature adds to it."""
    scorers = Compiler(read_scoring_models(directory)).scorers
    return {trait: scorer.evidence(customer, now) for trait, scorer in sorted(scorers.items())}


@click.group()
def profile() -> None:
    """What the hub knows of a customer."""


profile.add_command(split)


@profile.command()
@who_options
@click.option(
    "--history", "with_history", is_flag=True, help="Every value kept of each trait: who said it, and when."
)
@live.strategy_option
@listing.json_option
@target.option
def show(*, stage: str | None, directory: Path, as_json: bool, with_history: bool, **who: str | None) -> None:
    """Everything known of one customer.

    Who is meant is said by exactly one of --user-id, --email, --phone, --anonymous-id and --id.
    """
    hub = target.find(stage)
    customer = find(hub, **who)
    found = everything(hub, customer) | {"predicted": predicted(customer, directory, hub.now)}
    if with_history:
        found["history"] = history(customer)
    if as_json:
        listing.print_json(found)
    else:
        _print(found)


def _print(found: View) -> None:
    click.echo(f"Profile {found['profile_id']}\n")
    listing.print_rows(found["identities"], as_json=False, empty="no identities")
    _section("Traits", [{"trait": name, "value": value} for name, value in found["traits"].items()])
    if "history" in found:
        told = [{"trait": name, **one} for name, values in found["history"].items() for one in values]
        _section("History", told)
    _section("Predicted", [_prediction(trait, one) for trait, one in found["predicted"].items()])
    _section("Orders", [found["orders"]] if any(found["orders"].values()) else [])
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
    _section("Attribution", [row for one in found["attribution"] for row in _earned(one)])
    _section("Merged", found["merged"])
    _section("Consent", [{"purpose": name, **one} for name, one in found["consent"].items()])


def _prediction(trait: str, told: View) -> View:
    adds = (f"{name} {one['value']} adds {one['adds']}" for name, one in told["features"].items())
    return {"trait": trait, "value": told["value"], "model": told["model"], "because": ", ".join(adds)}


def _earned(order: View) -> Iterator[View]:
    """A line a touch: what it earned of the order, by each model."""
    name = f"{order['order_id'] or order['at']} ({order['value']})"
    for touch in order["trail"]:
        shares = {model: f"{share:.0%}" for model, share in touch["credit"].items()}
        what = f"{touch['connector']}.{touch['action']}"
        variant = f" {touch['variant']}" if touch["variant"] else ""
        step = f"{touch['journey']} {touch['step']}{variant}"
        yield {"order": name, "touch": what, "step": step, "at": touch["at"], **shares}


def _section(title: str, rows: list[dict[str, Any]]) -> None:
    click.echo(f"\n{title}")
    listing.print_rows(rows, as_json=False, empty="  none")


def _without(row: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name not in names}
