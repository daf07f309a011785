"""What holds a customer's identifiers together, and what came by which."""

from itertools import permutations

import pytest

from hub import ties
from hub.clock import Instant
from hub.identities import Identifier
from hub.ties import Ties

BOB: Identifier = ("user_id", "bob")
ADDRESS: Identifier = ("email", "bob@example.com")
HIS, HERS, TILL = ("anonymous_id", "his"), ("anonymous_id", "hers"), ("email", "till@example.com")

Told = tuple[Instant, tuple[Identifier, ...]]


def of(*told: Told) -> Ties:
    kept: Ties = {}
    for at, together in told:
        kept = ties.tied(kept, together, at)
    return kept


def test_an_event_ties_what_it_names_to_its_best_identifier() -> None:
    assert of((7, (BOB, ADDRESS, HIS))) == {(ADDRESS, BOB): 7, (HIS, BOB): 7}


def test_only_the_earliest_ties_that_hold_all_together_are_kept() -> None:
    kept = of((3, (ADDRESS, HIS)), (1, (BOB, HIS)), (2, (BOB, ADDRESS)))

    assert kept == {(HIS, BOB): 1, (ADDRESS, BOB): 2}


def test_what_is_said_again_later_changes_nothing() -> None:
    kept = of((1, (BOB, HIS)))

    assert ties.tied(kept, (BOB, HIS), 2) is kept


LOGIN: tuple[Told, ...] = (
    (1, (TILL, HERS)),
    (2, (TILL, HIS)),
    (3, (BOB, ADDRESS, HIS)),
    (4, (BOB, HERS)),
)


@pytest.mark.parametrize("told", list(permutations(LOGIN)))
def test_who_logged_in_on_his_device_came_by_it_in_whatever_order_it_is_told(told: tuple[Told, ...]) -> None:
    kept = of(*told, *told)

    assert ties.came_by(kept, {HIS}, {HERS, TILL}) == {BOB, ADDRESS}
    assert ties.came_by(kept, {HERS, TILL}, {HIS}) == set()


def test_of_several_ties_the_earliest_says_by_what_it_came() -> None:
    kept = of((1, (TILL, HERS)), (2, (TILL, HIS)), (3, (BOB, HERS)), (4, (BOB, ADDRESS, HIS)))

    assert ties.came_by(kept, {HIS}, {HERS, TILL}) == set()


def test_what_hangs_on_nothing_of_either_came_by_neither() -> None:
    assert ties.came_by(of((1, (BOB, ADDRESS))), {HIS}, {HERS}) == set()
