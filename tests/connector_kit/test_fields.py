"""An action's fields: where their values come from, and what the strategy may write."""

from typing import Annotated, Any

import pytest

from hub.connector_kit import From, HttpRequest, NoAddress, NotFilled, Rendered, Send
from hub.connector_kit.anna import ANNA, REMINDER
from tests.toy_vendor import Join, SendLetter, UpdateProfile

TEMPLATES = {"reminder": REMINDER}


class Greet(Send):
    """All kinds of fields."""

    channel = "sms"
    words: str
    times: int = 1
    to: Annotated[str, From("profile.traits.mobile", "profile.phone")]
    code: Annotated[str, From("profile.traits.postal_code")] = "none"
    message_id: Annotated[str, From("message.id")]

    def request(self, _credentials: Any) -> HttpRequest:
        return HttpRequest("POST", "https://vendor.test/greet", json={"to": self.to, "words": self.words})


def greet(params: dict[str, Any], document: dict[str, Any] = ANNA) -> Greet:
    return Greet.fill(params, document, TEMPLATES)


def test_a_field_comes_from_the_strategy_else_from_the_first_path_that_leads_somewhere() -> None:
    filled = greet({"words": "Hi {{ profile.traits.first_name }}"})

    assert filled == Greet(words="Hi Anna", times=1, to="+31612345678", code="none", message_id="msg_1")


def test_the_strategys_word_wins_over_the_profiles() -> None:
    assert greet({"words": "Hi", "to": "{{ profile.traits.first_name }}"}).to == "Anna"


def test_what_the_kit_says_of_a_message_cannot_be_overwritten() -> None:
    assert greet({"words": "Hi", "message_id": "mine"}).message_id == "msg_1"
    assert Greet.check_params({"words": "Hi", "message_id": "mine"}) != []


def test_a_number_in_a_trait_is_good_enough_for_a_text() -> None:
    document = {**ANNA, "profile": {"phone": "+1", "traits": {"postal_code": 94105}}}

    assert greet({"words": "Hi"}, document).code == "94105"


def test_what_a_customer_lacks_is_named_by_field_and_path() -> None:
    with pytest.raises(NoAddress, match=r"^no address: to \(profile.traits.mobile\)$"):
        greet({"words": "Hi"}, {"message": {"id": "msg_1"}})


def test_a_template_is_named_and_arrives_filled_in() -> None:
    assert SendLetter.fill({"template": "reminder"}, ANNA, TEMPLATES).template == Rendered(
        subject="You left something behind", html="<p>Hi Anna</p>", text="Hi Anna"
    )
    assert SendLetter.template_names({"template": "reminder"}) == ["reminder"]


def test_a_template_that_is_gone_withholds_the_message_and_is_named() -> None:
    with pytest.raises(NotFilled, match=r"^no template: reminder$"):
        SendLetter.fill({"template": "reminder"}, ANNA, {})


@pytest.mark.parametrize(
    ("params", "problem"),
    [
        ({}, "needs 'words'"),
        ({"words": "x", "wrods": 1}, "has no field 'wrods'; it takes words, times, to, code"),
        ({"words": "x", "times": "often"}, "times: Input should be a valid integer, unable to parse string"),
    ],
)
def test_mistakes_are_found_before_anything_runs(params: dict[str, Any], problem: str) -> None:
    [found] = Greet.check_params(params)

    assert found.startswith(problem)


def test_a_template_in_a_text_is_not_judged_by_its_type() -> None:
    assert Greet.check_params({"words": "x", "times": "{{ cart.items }}"}) == []


def test_a_templates_name_must_be_a_name() -> None:
    assert SendLetter.check_params({"template": 3}) == ["template: write the name of a template, not 3"]


def test_which_level_it_is_cannot_depend_on_the_customer() -> None:
    problems = Join.check_params({"audience": "{{ profile.traits.tier }}"})

    assert problems == ["audience: write it out, it says which level this is"]


def test_two_actions_that_set_the_same_attributes_are_the_same_level() -> None:
    one = UpdateProfile.target({"attributes": {"a": 1, "b": 2}})

    assert one == UpdateProfile.target({"attributes": {"b": "{{ x }}", "a": 5}})
    assert one != UpdateProfile.target({"attributes": {"a": 1}})
