"""Where an identifier leads: when a device was whose, and how many customers an identifier made one."""

from itertools import permutations

import pytest

from hub.clock import HOUR, MINUTE, Instant
from hub.leads import KEPT_SWITCHES, Holder, Lead

Seen = tuple[Instant, str]


def told(*sightings: Seen) -> Lead:
    """A device of Anna's, Ben's and Cyd's, as they were seen with it in this order of arrival."""
    seen: dict[str, list[Instant]] = {}
    lead = Lead(profile_id=sightings[0][1])
    for at, user in sightings:
        owner = lead.holder(at)
        seen.setdefault(user, []).append(at)
        if owner != user:
            lead = lead.switched(at, _holder(user, seen), _holder(owner, seen))
    return lead


def _holder(user: str, seen: dict[str, list[Instant]]) -> Holder:
    return Holder(profile_id=user, user_id=user, first=min(seen[user]), last=max(seen[user]))


def test_a_device_is_whose_it_was_last_and_before_the_first_switch_the_firsts() -> None:
    lead = told((10, "anna"), (20, "ben"), (30, "anna"))

    assert [lead.holder(at) for at in (0, 10, 19, 20, 29, 30, 99)] == ["anna"] * 3 + ["ben"] * 2 + [
        "anna"
    ] * 2
    assert lead.profile_id == "anna"


STORIES: tuple[tuple[Seen, ...], ...] = (
    ((10, "anna"), (20, "ben"), (30, "anna")),
    ((10, "anna"), (20, "ben"), (30, "cyd")),
    ((10, "anna"), (10, "ben"), (30, "anna")),
    ((10, "anna"), (20, "ben"), (20, "anna"), (30, "ben")),
)


@pytest.mark.parametrize("story", STORIES)
def test_whose_it_is_now_does_not_depend_on_the_order_of_arrival(story: tuple[Seen, ...]) -> None:
    assert {told(*order).profile_id for order in permutations(story)} == {max(story)[1]}


@pytest.mark.parametrize("story", STORIES[:2])
def test_whose_it_was_at_each_sighting_does_not_either(story: tuple[Seen, ...]) -> None:
    for order in permutations(story):
        lead = told(*order)
        assert [lead.holder(at) for at, _ in story] == [user for _, user in story], order


def test_a_repetition_changes_nothing() -> None:
    lead = told((10, "anna"), (20, "ben"))

    again = lead.switched(
        20,
        Holder(profile_id="ben", user_id="ben", first=20, last=20),
        Holder(profile_id="anna", user_id="anna", first=10, last=10),
    )

    assert again == lead


def test_the_newest_switches_are_kept() -> None:
    story = [(at, ("anna", "ben")[at % 2]) for at in range(30)]

    lead = told(*story)

    assert len(lead.switches) == KEPT_SWITCHES
    assert [lead.holder(at) for at, _ in story[-KEPT_SWITCHES:]] == [
        user for _, user in story[-KEPT_SWITCHES:]
    ]


def test_who_became_part_of_another_is_replaced_by_her_in_the_whole_history() -> None:
    lead = told((10, "anna"), (20, "ben"), (30, "anna"))

    assert lead.pointed("anna", "dora") == Lead(
        profile_id="dora", switches=((10, "dora"), (20, "ben"), (30, "dora"))
    )
    assert lead.pointed("ben", "dora").profile_id == "anna"
    assert lead.pointed("dora", "anna") == lead


# ---- bursts


def linked(*minutes: int, others: int = 1, most: int = 3) -> Lead:
    lead = Lead(profile_id="p_1")
    for place, minute in enumerate(minutes):
        names = [f"p_{place}-{other}" for other in range(others)]
        lead = lead.linked(minute * MINUTE, names, most, HOUR)
    return lead


@pytest.mark.parametrize(
    ("minutes", "quarantined"),
    [((0, 30, 60), 60), ((0, 30, 61), None), ((0, 61, 90, 100), 100), ((60, 0, 30), 30), ((0, 30), None)],
)
def test_so_many_links_in_so_short_a_time_are_a_burst_in_any_order(
    minutes: tuple[int, ...], quarantined: int | None
) -> None:
    expected = None if quarantined is None else quarantined * MINUTE

    assert linked(*minutes).quarantined_at == expected


def test_several_customers_linked_at_once_count_each() -> None:
    assert linked(0, others=2).quarantined_at is None
    assert linked(0, others=3).quarantined_at == 0


def test_the_same_customer_counts_once() -> None:
    lead = Lead(profile_id="p_1")
    for minute in range(5):
        lead = lead.linked(minute * MINUTE, ["p_2"], 3, HOUR)

    assert (lead.joined, lead.quarantined_at) == (((0, "p_2"),), None)


def test_once_quarantined_it_stays_so_since_then() -> None:
    assert linked(0, 1, 2, 3, 4).quarantined_at == 2 * MINUTE


def test_what_is_remembered_of_links_is_bounded() -> None:
    assert len(linked(*range(0, 6_000, 60)).joined) == 6


# ---- an address


def test_a_corrected_address_keeps_whom_it_was_taken_to_lead_to() -> None:
    lead = Lead(profile_id="cyd").corrected("ben").corrected("anna")

    assert (lead.profile_id, lead.former) == ("anna", ("cyd", "ben"))
    assert lead.holder(0) == lead.holder(99) == "anna"
    assert set(lead.holders) == {"anna", "ben", "cyd"}
    assert Lead(profile_id="anna").holders == ()


def test_who_became_part_of_another_is_so_among_the_former_too() -> None:
    assert Lead(profile_id="cyd").corrected("anna").pointed("cyd", "ben").former == ("ben",)


def test_the_former_of_an_address_are_bounded() -> None:
    lead = Lead(profile_id="p_0")
    for number in range(1, 30):
        lead = lead.corrected(f"p_{number}")

    assert len(lead.former) == KEPT_SWITCHES
