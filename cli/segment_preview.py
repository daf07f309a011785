"""`hub segment preview`: a rule tried on today's profiles and on the past, before it is deployed."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import click
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn

from cli import listing, live, strategies, target
from cli.replaying.ordering import in_order
from cli.replaying.reading import read
from cli.target import Target
from hub.archive_hours import Span, hour_key
from hub.archive_lines import read_line
from hub.clock import DAY, Instant, format_instant, real_now
from hub.condition_words import events_in_words
from hub.definitions import versions
from hub.errors import HubError, InvalidEvent
from hub.events import Event
from hub.previewing import Difference, Past, Replay, together
from hub.strategy.segments import Segment
from hub.trials import Trial, trial

_READERS = 4
_SHOWN = 20


class NothingToReplay(HubError):
    pass


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--days",
    type=click.IntRange(1, 3_650),
    metavar="N",
    help="Also replay the last N days: from the archive, or of --events.",
)
@click.option(
    "--events",
    "files",
    multiple=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Replay these events instead and ask no hub; what DIR says counts as live. May be given again.",
)
@click.option("--list", "names_them", is_flag=True, help="Name who would enter and leave, by profile id.")
@live.strategy_option
@listing.json_option
@target.option
def preview(
    file: Path,
    *,
    days: int | None,
    files: tuple[Path, ...],
    names_them: bool,
    directory: Path,
    stage: str | None,
    as_json: bool,
) -> None:
    """What the segment in FILE would change if it were deployed; nothing is written.

    Held against the version that is live: how many are in it now and would be, who would enter and who would
    leave, and which journeys would begin or end. FILE may be a new segment, or another version of one.
    """
    strategy, segment = strategies.load_trial(directory, file)
    told: dict[str, Any] = {
        "segment": segment.name,
        "version": versions(strategy.segments, strategy.models)[segment.name],
    }
    if files:
        one = _trial_of_files(directory, file, segment)
        told |= {"past": _past(_replay(one, _events_of(files), days, None), names_them=names_them or as_json)}
    else:
        hub = target.find(stage)
        live = hub.definitions.all()
        one = trial(strategy, segment.name, live)
        known = live.get(("segment", segment.name))
        told |= {"live_version": known.version if known else None, "approximate": _approximate(hub, one)}
        told |= {"now": _now(_difference(hub, one), names_them=names_them or as_json)}
        if days:
            replayed = _replay(one, _archived(hub, one, days), days, hub.now)
            told |= {"past": _past(replayed, names_them=names_them or as_json)}
    listing.print_json(told) if as_json else _print(told)


def _trial_of_files(directory: Path, file: Path, segment: Segment) -> Trial:
    """What stands in the directory plays the live version."""
    strategy, _ = strategies.load_trial(directory, file)
    standing = strategies.load(directory)
    return trial(strategy, segment.name, strategies.as_deployed(standing))


def _approximate(hub: Target, one: Trial) -> list[str]:
    return [events_in_words(spec) for spec in one.forgotten(hub.definitions.memory())]


# ---- the profiles there are


def _difference(hub: Target, one: Trial) -> Difference:
    """Each reader has a part of the table to itself."""
    now, scan = hub.now, hub.scan
    with _progress() as progress, ThreadPoolExecutor(_READERS) as threads:
        bar = progress.add_task("profiles", total=scan.items() or None)

        def compare(part: int) -> Difference:
            found = Difference()
            for page in scan.pages(part, _READERS):
                for profile in page.profiles:
                    found.take(profile, one, now)
                progress.advance(bar, page.items)
            return found

        return together(threads.map(compare, range(_READERS)))


def _now(found: Difference, *, names_them: bool) -> dict[str, Any]:
    return {
        "profiles": found.profiles,
        "members": found.live,
        "members_then": found.new,
        "entering": _people(found.entering, names_them=names_them),
        "leaving": _people(found.leaving, names_them=names_them),
        "journeys": {
            name: {
                "begin": _people(found.begun.get(name, ()), names_them=names_them),
                "end": _people(found.ended.get(name, ()), names_them=names_them),
            }
            for name in sorted({*found.begun, *found.ended})
        },
    }


def _people(ids: Any, *, names_them: bool) -> dict[str, Any]:
    return {"count": len(ids)} | ({"profile_ids": sorted(ids)} if names_them else {})


# ---- the past


def _events_of(files: tuple[Path, ...]) -> Iterator[Event]:
    latest = real_now() + DAY
    for file in files:
        found = read(file, lambda _: None, latest=latest)
        yield from (one for one in found if isinstance(one, Event))


def _archived(hub: Target, one: Trial, days: int) -> Iterator[Event]:
    """The days asked for, and as far before them as the rule looks back: so that they begin with all in."""
    reach = one.reach
    since = 0 if reach is None else max(0, hub.now - days * DAY - reach)
    first = max(0, hub.clock.real(since)) // (3_600 * 1_000)
    span = Span(hour_key(first), hour_key(real_now() // (3_600 * 1_000) + 1))
    for found in hub.archive.objects(span):
        for line in hub.archive.lines(found.key):
            try:
                yield read_line(line.decode(errors="replace"))
            except (InvalidEvent, ValueError):
                continue


def _replay(one: Trial, events: Iterator[Event], days: int | None, until: Instant | None) -> Past:
    replay, last, first = Replay(one), None, None
    with _progress() as progress:
        bar = progress.add_task("replaying", total=None)
        ordered = in_order(events, counted=lambda total: progress.update(bar, total=total))
        for place, event in enumerate(ordered):
            if place % 1_000 == 0:
                progress.update(bar, completed=place)
            replay.take(event)
            first, last = event.at if first is None else first, event.at
    if first is None or last is None:
        raise NothingToReplay("there are no events to replay: give files with --events, or leave --days out")
    end = last if until is None else until
    return replay.finish(end, end - days * DAY if days else first)


def _past(past: Past, *, names_them: bool) -> dict[str, Any]:
    return {
        "since": format_instant(past.since),
        "until": format_instant(past.until),
        "live": past.moves(past.live),
        "new": past.moves(past.new),
        "days": [
            {"at": format_instant(at), "members": live, "members_then": new} for at, live, new in past.sizes()
        ],
        "entering": _people(past.entering(), names_them=names_them),
        "leaving": _people(past.leaving(), names_them=names_them),
    }


# ---- for people


def _print(told: dict[str, Any]) -> None:
    if "now" in told:
        _print_now(told)
    if past := told.get("past"):
        click.echo(f"\nreplayed from {past['since']} to {past['until']}")
        for which in ("live", "new"):
            click.echo(f"  {which:5} {past[which]['entered']:,} entered, {past[which]['left']:,} left")
        listing.print_rows(past["days"][-_SHOWN:], as_json=False, empty="")
        _print_people("at the end", past)


def _print_now(told: dict[str, Any]) -> None:
    now = told["now"]
    live = f"version {told['live_version']}" if told["live_version"] else "no version"
    click.echo(f"{told['segment']}: version {told['version']} on trial, {live} is live")
    click.echo(f"{now['profiles']:,} profiles: {now['members']:,} are in, {now['members_then']:,} would be")
    _print_people("now", now)
    for name, runs in now["journeys"].items():
        click.echo(f"journey {name}: {runs['begin']['count']:,} runs begin, {runs['end']['count']:,} end")
    if told["approximate"]:
        click.echo("\napproximate: profiles do not remember yet what this rule asks for:")
        for words in told["approximate"]:
            click.echo(f"  {words}")
        click.echo(
            "  --days N replays the archive instead; once deployed, the back-fill reads it into the profiles"
        )


def _print_people(when: str, told: dict[str, Any]) -> None:
    click.echo(f"{when}, {told['entering']['count']:,} enter and {told['leaving']['count']:,} leave")
    for word in ("entering", "leaving"):
        for profile_id in told[word].get("profile_ids", ()):
            click.echo(f"  {word} {profile_id}")


def _progress() -> Progress:
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn())
    console = listing.console(stderr=True)
    return Progress(*columns, console=console, disable=not console.is_terminal)
