"""P1 and P8 over several people at once: in any order, repetition and batching, through the pipeline itself.

What is known of each customer is held against an oracle that parts people by union-find and folds the
sorted list (tests/crowd_oracle.py); and what is stored, byte by byte, against another feed of the same.
"""

from hypothesis import given

from tests.crowd_promises import is_found_by_all_she_has, is_known_as_it_was, is_stored_the_same
from tests.crowds import ENOUGH, Trial, trials


@ENOUGH
@given(trials())
def test_however_it_is_told_the_same_is_stored_to_the_byte(trial: Trial) -> None:
    is_stored_the_same(trial)


@ENOUGH
@given(trials())
def test_however_it_is_told_everybody_is_who_she_is_and_known_as_what_she_did(trial: Trial) -> None:
    is_known_as_it_was(trial)


@ENOUGH
@given(trials())
def test_every_identifier_leads_to_the_customer_who_has_it(trial: Trial) -> None:
    is_found_by_all_she_has(trial)
