import pytest
from pydantic import ValidationError

from hub.clock import DAY, HOUR
from hub.documents import document
from hub.profiles import Profile
from hub.strategy import keys
from hub.strategy.event_conditions import Did
from hub.strategy.journeys import Do, Journey, Step

_DO = {"amazon_ses.send_email": {"template": "cart_reminder"}}
_OTHER = {"twilio.send_sms": {"template": "cart_reminder"}}


def _journey(**changes):
    written = {
        "name": "cart_recovery",
        "entry": {"segment": "cart_abandoner", "key": "cart.cart_id", "again_after": "7d"},
        "goal": {"did": "Order Completed", "value": "revenue"},
        "exit": {"cart": {"items": {"exactly": 0}}},
        "ends_after": "3d",
        "holdout": "10%",
        "steps": [{"after": "0s", "do": [_DO]}, {"after": "4h", "do": [_DO]}],
    }
    return Journey.model_validate({**written, **changes})


def _refusal(read, *given, **changes):
    with pytest.raises(ValidationError) as refused:
        read(*given, **changes)
    return str(refused.value)


def test_a_journey_is_read_as_it_is_written():
    journey = _journey()

    assert isinstance(journey.goal.condition, Did)
    assert (journey.goal.value, journey.holdout, journey.ends_after) == ("revenue", 0.1, 3 * DAY)
    assert [step.after for step in journey.steps] == [0, 4 * HOUR]
    assert journey.steps[0].do == (
        Do(connector="amazon_ses", action="send_email", params={"template": "cart_reminder"}),
    )


def test_a_dumped_journey_reads_back_as_the_same_from_json_and_from_python():
    step = {
        "after": "1d",
        "only_if": {"in_segment": "vip"},
        "choose": [_DO, _OTHER],
        "variants": [{"weight": 1, "do": [_DO]}, {"weight": 2.5, "do": [_OTHER]}],
        "expires_after": "12h",
        "between": "09:00-20:00",
    }
    journey = _journey(steps=[step], version="b")

    assert Journey.model_validate_json(journey.model_dump_json(by_alias=True)) == journey
    assert Journey.model_validate(journey.model_dump(mode="json", by_alias=True)) == journey


def test_a_step_travels_alone_as_json():
    step = _journey().steps[1]

    assert Step.model_validate(step.model_dump(mode="json", by_alias=True)) == step


def test_a_step_lists_every_action_it_may_take():
    variants = [{"weight": 1, "do": [_OTHER]}, {"weight": 1, "do": [{"site.show": None}]}]
    step = Step.model_validate(
        {"after": "0s", "do": [_DO], "choose": [_OTHER, {"lob.send_letter": {}}], "variants": variants}
    )

    addresses = [do.address for do in step.actions]

    assert addresses == [
        "amazon_ses.send_email",
        "twilio.send_sms",
        "lob.send_letter",
        "twilio.send_sms",
        "site.show",
    ]


@pytest.mark.parametrize(
    ("written", "expected"), [("10%", 0.1), (0.1, 0.1), ("0%", 0), ("100%", 1), ("12.5 %", 0.125), (0, 0)]
)
def test_a_share_is_a_percentage_or_a_fraction(written, expected):
    assert _journey(holdout=written).holdout == expected


@pytest.mark.parametrize("written", [10, "10", "101%", -0.1, "-1%", 1.1, "a tenth", True, None])
def test_a_share_outside_nothing_and_all_is_refused(written):
    assert "is no share" in _refusal(_journey, holdout=written)


@pytest.mark.parametrize("version", [2, "2026-11", "2"])
def test_a_version_keeps_its_type(version):
    kept = _journey(version=version).version

    assert (kept, type(kept)) == (version, type(version))


@pytest.mark.parametrize("key", ["cart.cart_id", "profile.traits.plan.name", "profile.lifetime.orders"])
def test_a_journey_may_have_a_run_for_each_value_of_something_known(key):
    assert _journey(entry={"segment": "vip", "key": key}).entry.key == key


def test_every_key_that_is_let_through_stands_in_the_document():
    seen = document(Profile("p_1"))

    assert set(keys.OF_CART) == seen["cart"].keys() - {"lines"}
    assert {*keys.OF_PROFILE, "traits", "lifetime", "predicted"} == seen["profile"].keys()


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"steps": []}, "at least 1 item"),
        (
            {"steps": [{"after": "4h", "do": [_DO]}, {"after": "0s", "do": [_DO]}]},
            "steps are not in order: 0s stands behind 4h",
        ),
        ({"steps": [{"after": "4h", "do": [_DO]}, {"after": "4h", "do": [_DO]}]}, "steps are not in order"),
        ({"ends_after": "4h"}, "it ends before its last step at 4h"),
        ({"ends_after": "0s"}, "a duration of nothing"),
        ({"ends_after": "366d"}, "it lasts longer than a year"),
        (
            {"entry": {"segment": "vip", "key": "order.id"}},
            "'order.id' is no key: begin with cart. or profile.",
        ),
        ({"entry": {"segment": "vip", "key": "cart.cart_idd"}}, "'cart.cart_idd' is no key: cart. goes"),
        ({"entry": {"segment": "vip", "key": "cart"}}, "'cart' is no key: cart. goes before 'cart_id'"),
        ({"entry": {"segment": "vip", "key": "profile.traits"}}, "'email', 'phone', 'anonymous_id'"),
        ({"entry": {"segment": "vip", "key": "profile.predicted.risk"}}, "and traits.NAME"),
        ({"entry": {}}, "Field required"),
        ({"goal": {"quiet_for": "1d", "value": "revenue"}}, "only a did has a value"),
        ({"goal": {"value": "revenue"}}, "no known condition"),
        ({"goal": {"did": "A", "vlaue": "revenue"}}, "Extra inputs are not permitted"),
        ({"exit": []}, "a list is no condition"),
        ({"restart_when": "it_rains"}, "cart_changes"),
        ({"restart_when": "cart_changes", "restarts_at_most": 0}, "greater than or equal to 1"),
        ({"restarts_at_most": 2}, "nothing restarts it: say restart_when: cart_changes too"),
    ],
)
def test_a_journey_that_can_never_be_right_is_refused(changes, sentence):
    assert sentence in _refusal(_journey, **changes)


@pytest.mark.parametrize(
    ("step", "sentence"),
    [
        ({}, "the step does nothing"),
        ({"do": []}, "the step does nothing"),
        ({"choose": [_DO]}, "there is nothing to choose from"),
        ({"variants": [{"weight": 1, "do": [_DO]}]}, "one variant is no test"),
        ({"variants": [{"weight": 0, "do": [_DO]}, {"weight": 1, "do": [_DO]}]}, "greater than 0"),
        ({"variants": [{"weight": -1, "do": [_DO]}, {"weight": 1, "do": [_DO]}]}, "greater than 0"),
        (
            {"variants": [{"name": "calm", "do": [_DO]}, {"name": "calm", "do": [_OTHER]}]},
            "two variants are called 'calm'",
        ),
        ({"variants": [{"do": [_DO]}] * 27}, "27 variants are too many"),
        ({"variants": [{"weight": 1, "do": []}, {"weight": 1, "do": [_DO]}]}, "at least 1 item"),
        ({"do": [_DO], "expires_after": "0s"}, "a duration of nothing"),
        ({"do": [_DO], "between": "9-20"}, "'9-20' is no window of the day"),
        ({"do": [_DO], "between": "09:00-09:00"}, "begins and ends at the same time"),
        ({"do": [_DO], "only_if": {"any": []}}, "at least 1 item"),
        ({"do": [_DO, _DO]}, "'amazon_ses.send_email' stands there twice with the same words"),
        ({"do": ["amazon_ses.send_email"]}, "'amazon_ses.send_email' is no action"),
        ({"do": [{**_DO, **_OTHER}]}, "not one action"),
        ({"do": [{"send_email": {}}]}, "'send_email' is no action: write connector.action"),
        ({"do": [{"amazon_ses.send_email": "cart_reminder"}]}, "valid dictionary"),
        ({"do": _DO}, "valid tuple"),
    ],
)
def test_a_step_that_can_never_be_right_is_refused(step, sentence):
    assert sentence in _refusal(Step.model_validate, {"after": "0s", **step})


def test_variants_are_called_what_they_say_or_by_their_place():
    variants = [{"do": [_DO]}, {"name": "calm", "do": [_OTHER]}, {"do": [_OTHER]}]

    step = Step.model_validate({"after": "0s", "variants": variants})

    assert step.variant_names == ("A", "calm", "C")


def test_a_journey_restarts_three_times_a_key_unless_it_says_otherwise():
    assert _journey(restart_when="cart_changes").restarts_at_most == 3
    assert _journey(restart_when="cart_changes", restarts_at_most=1).restarts_at_most == 1
    assert _journey().restart_when is None
