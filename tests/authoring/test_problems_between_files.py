"""Names in one file that stand for something in another."""

import pytest

from tests.authoring.building import CONNECTORS, HELLO, JOURNEY, segment, told

_PLAN = """
    events:
      Order Completed:
        properties:
          revenue: {type: number}
          order_id: {type: string}
          products: {type: array, items: {properties: {sku: {}}}}
      Product Added: {properties: {colour: {}}}
      Sealed:
        properties: {a: {}}
        additionalProperties: false
    traits:
      properties: {loyalty_level: {type: string}, home: {properties: {city: {}}}}
"""

_EVENTS = "Order Completed, Product Added, Sealed, page, screen"
_ADD_AN_EVENT = f"add it to tracking_plan.yaml, or write one of {_EVENTS}"


def _journey(**changes):
    """The journey with some of its lines put otherwise."""
    text = JOURNEY
    for old, new in changes.values():
        assert old in text
        text = text.replace(old, new)
    return {"segments/vip.yaml": segment(), "journeys/welcome.yaml": text, "templates/hello.liquid": HELLO}


def test_a_whole_strategy_stands(tmp_path):
    assert told(tmp_path, _journey(), CONNECTORS) == []


def test_a_file_and_what_is_in_it_have_one_name(tmp_path):
    assert told(tmp_path, {"segments/vip.yaml": segment("vips")}) == [
        (
            "segments/vip.yaml:1: the file is vip.yaml, the name in it is 'vips' — "
            "write name: vip, or rename the file to vips.yaml"
        )
    ]


def test_two_files_cannot_have_one_name(tmp_path):
    files = {"segments/vip.yaml": segment("vip"), "segments/vip_2.yaml": segment("vip")}

    assert told(tmp_path, files) == [
        "segments/vip_2.yaml:1: 'vip' is the name of segments/vip.yaml already — write name: vip_2"
    ]


def test_a_segment_must_exist_to_be_referred_to(tmp_path):
    files = {
        "segments/vip.yaml": segment(),
        "segments/b.yaml": "name: b\nwhen:\n  not:\n    in_segment: vpi\n",
    }

    assert told(tmp_path, files) == ["segments/b.yaml:4: unknown segment 'vpi' — did you mean 'vip'?"]


def test_a_broken_segment_still_exists(tmp_path):
    files = {"segments/vip.yaml": "name: vip\n", "segments/b.yaml": "name: b\nwhen: {in_segment: vip}\n"}

    assert told(tmp_path, files) == ["segments/vip.yaml:1: 'when' is missing — add the line 'when: …'"]


def test_a_circle_of_segments_is_printed(tmp_path):
    files = {
        "segments/a.yaml": "name: a\nwhen:\n  any:\n    - did: X\n    - in_segment: b\n",
        "segments/b.yaml": "name: b\nwhen: {in_segment: c}\n",
        "segments/c.yaml": "name: c\nwhen: {not: {in_segment: a}}\n",
    }

    [problem] = told(tmp_path, files)

    rotations = ("a -> b -> c -> a", "b -> c -> a -> b", "c -> a -> b -> c")
    assert any(f"segments go round in a circle: {rotation} — take one" in problem for rotation in rotations)


def test_two_circles_are_both_told(tmp_path):
    files = {
        name: f"name: {name[9]}\nwhen: {{in_segment: {other}}}\n"
        for name, other in [("segments/a.yaml", "a"), ("segments/b.yaml", "b")]
    }

    assert [problem.split(" — ")[0] for problem in told(tmp_path, files)] == [
        "segments/a.yaml:2: segments go round in a circle: a -> a",
        "segments/b.yaml:2: segments go round in a circle: b -> b",
    ]


def test_a_journeys_entry_must_exist(tmp_path):
    files = _journey(entry=("segment: vip", "segment: vips"))

    assert told(tmp_path, files) == ["journeys/welcome.yaml:2: unknown segment 'vips' — did you mean 'vip'?"]


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("goal: {did: Order Completed}", "goal: {in_segment: vpi}", 3),
        ("goal: {did: Order Completed}", "goal: {did: Order Completed}\n    exit: {in_segment: vpi}", 4),
        ("after: 0s", "after: 0s\n        only_if: {in_segment: vpi}", 7),
    ],
)
def test_conditions_of_journeys_are_looked_at_too(tmp_path, old, new, expected):
    files = _journey(one=(old, new))

    assert told(tmp_path, files) == [
        f"journeys/welcome.yaml:{expected}: unknown segment 'vpi' — did you mean 'vip'?"
    ]


@pytest.mark.parametrize(
    ("old", "new", "message", "advice"),
    [
        ("mail.send_email", "male.send_email", "8: unknown connector 'male'", "did you mean 'mail'?"),
        ("mail.send_email", "fax.send_fax", "8: unknown connector 'fax'", "known: ads, mail"),
        (
            "mail.send_email",
            "mail.send_mail",
            "8: mail has no action 'send_mail'",
            "did you mean 'send_email'?",
        ),
        (
            "{template: hello}",
            "{templat: hello}",
            "8: mail.send_email has no field 'templat'; it takes template",
            "see docs/connectors.md",
        ),
        ("{template: hello}", "{template: hallo}", "8: unknown template 'hallo'", "did you mean 'hello'?"),
        (
            "{template: hello}",
            "{template: goodbye}",
            "8: unknown template 'goodbye'",
            "write templates/goodbye.liquid",
        ),
    ],
)
def test_an_action_is_held_against_its_connector(tmp_path, old, new, message, advice):
    problems = told(tmp_path, _journey(one=(old, new)), CONNECTORS)

    assert f"journeys/welcome.yaml:{message} — {advice}" in problems


def test_the_place_of_a_wrong_param_is_its_own(tmp_path):
    action = "mail.send_email:\n              template: hallo"

    [problem] = told(tmp_path, _journey(one=("mail.send_email: {template: hello}", action)), CONNECTORS)

    assert problem.startswith("journeys/welcome.yaml:9: unknown template 'hallo'")


def test_without_connectors_actions_are_left_alone(tmp_path):
    assert told(tmp_path, _journey(one=("mail.send_email", "fax.send_fax"))) == []


def test_an_action_may_have_nothing_to_say(tmp_path):
    assert told(tmp_path, _journey(one=("mail.send_email: {template: hello}", "site.refresh:"))) == []


def test_an_email_needs_a_subject(tmp_path):
    files = {**_journey(), "templates/hello.liquid": "<p>Hello</p>\n"}

    [problem] = told(tmp_path, files, CONNECTORS)

    assert (
        "8: template 'hello' has no subject, and an e-mail needs one — begin templates/hello.liquid"
        in problem
    )


def test_one_step_cannot_set_the_same_to_two_values(tmp_path):
    twice = "ads.set_note: {note: a}\n          - ads.set_note: {note: b}"

    assert told(tmp_path, _journey(one=("mail.send_email: {template: hello}", twice)), CONNECTORS) == [
        (
            "journeys/welcome.yaml:6: 'ads.set_note' stands in one step 2 times — "
            "keep one, or put the second into a step of its own"
        )
    ]


def test_one_step_cannot_do_what_a_variant_of_it_does_too(tmp_path):
    action = "mail.send_email: {template: hello}"
    variants = f"\n        variants: [{{do: [{action}]}}, {{do: [ads.join: {{audience: a}}]}}]\n"

    [problem] = told(tmp_path, _journey(one=(f"- {action}\n", f"- {action}{variants}")), CONNECTORS)

    assert "'mail.send_email' stands in one step 2 times" in problem


def test_one_step_can_join_two_audiences(tmp_path):
    both = "ads.join: {audience: a}\n          - ads.join: {audience: b}"

    assert told(tmp_path, _journey(one=("mail.send_email: {template: hello}", both)), CONNECTORS) == []


def test_variants_exclude_each_other_and_may_send_alike(tmp_path):
    variants = """variants:
          - {weight: 1, do: [mail.send_email: {template: hello}]}
          - {weight: 1, do: [mail.send_email: {template: other}]}
"""
    old = "do:\n          - mail.send_email: {template: hello}\n"
    files = {**_journey(one=(old, variants)), "templates/other.liquid": HELLO}

    assert told(tmp_path, files, CONNECTORS) == []


@pytest.mark.parametrize(
    ("policy", "message", "advice"),
    [
        ("purposes:\n  male: email\n", "2: unknown connector 'male'", "did you mean 'mail'?"),
        (
            "purposes:\n  mail.send_mail: email\n",
            "2: mail has no action 'send_mail'",
            "did you mean 'send_email'?",
        ),
        (
            "caps:\n  - {channel: emial, at_most: 1, within: 1d}\n",
            "2: unknown channel 'emial'",
            "did you mean 'email'?",
        ),
        (
            "caps:\n  - {journey: welcom, at_most: 1, within: 1d}\n",
            "2: unknown journey 'welcom'",
            "did you mean 'welcome'?",
        ),
        (
            "quiet_hours:\n  from: 21:00\n  to: 08:00\n  channels: [fax]\n",
            "4: unknown channel 'fax'",
            "known: ads, chat, email, letter, loyalty, personalisation, push, site, sms, webhook",
        ),
        ("priorities: [wellcome]\n", "1: unknown journey 'wellcome'", "did you mean 'welcome'?"),
    ],
)
def test_the_policy_is_held_against_journeys_and_connectors(tmp_path, policy, message, advice):
    files = {**_journey(), "policy.yaml": policy}

    assert told(tmp_path, files, CONNECTORS) == [f"policy.yaml:{message} — {advice}"]


@pytest.mark.parametrize(
    ("when", "expected"),
    [
        ("identified_by: fax", "unknown identifier 'fax' — known: anonymous_id, email, phone, user_id"),
        ("consents_to: emails", "unknown purpose 'emails' — did you mean 'email'?"),
    ],
)
def test_conditions_are_held_against_the_policy(tmp_path, when, expected):
    files = {
        "segments/vip.yaml": f"name: vip\nwhen: {{{when}}}\n",
        "policy.yaml": "purposes: {mail: email}\n",
    }

    assert told(tmp_path, files) == [f"segments/vip.yaml:2: {expected}"]


def test_a_purpose_that_no_connector_needs_may_be_asked_about(tmp_path):
    files = {
        "segments/vip.yaml": "name: vip\nwhen: {consents_to: research}\n",
        "policy.yaml": "purposes: {mail: email}\n",
    }

    assert told(tmp_path, files) == []


@pytest.mark.parametrize(
    ("when", "message", "advice"),
    [
        ("did: Order Complete", "unknown event 'Order Complete'", "did you mean 'Order Completed'?"),
        (
            "did: [Order Completed, Signed Up]",
            "unknown event 'Signed Up'",
            _ADD_AN_EVENT,
        ),
        ("did_not: Order Complete", "unknown event 'Order Complete'", "did you mean 'Order Completed'?"),
        (
            "did: Sealed, since: {last: Order Complete}",
            "unknown event 'Order Complete'",
            "did you mean 'Order Completed'?",
        ),
        (
            "sum: revenue, of: Order Complete, more_than: 5",
            "unknown event 'Order Complete'",
            "did you mean 'Order Completed'?",
        ),
        (
            "sum: revenu, of: Order Completed, more_than: 5",
            "unknown property 'revenu'",
            "did you mean 'revenue'?",
        ),
        (
            "did: Order Completed, where: {ordr_id: o1}",
            "unknown property 'ordr_id'",
            "did you mean 'order_id'?",
        ),
        ("did: Sealed, where: {colour: red}", "unknown property 'colour'", "the tracking plan has a"),
        (
            "trait: loyality_level, is: gold",
            "unknown trait 'loyality_level'",
            "did you mean 'loyalty_level'?",
        ),
        ("trait: lifetme.net, more_than: 5", "unknown trait 'lifetme'", "did you mean 'lifetime'?"),
        (
            "trait: shoe_size, is: 42",
            "unknown trait 'shoe_size'",
            "add it to tracking_plan.yaml, or write one of home, loyalty_level",
        ),
        ("trait: home.cty, is: Brno", "unknown trait 'home.cty'", "did you mean 'home.city'?"),
        (
            "last: products.0.skuu, of: Order Completed, is: x",
            "unknown property 'products.0.skuu'",
            "did you mean 'products.0.sku'?",
        ),
        ("cart: {contains: {categry: Tea}}", "unknown property 'categry'", "did you mean 'category'?"),
        ("cart: {contains: {colur: red}}", "unknown property 'colur'", "did you mean 'colour'?"),
    ],
)
def test_conditions_are_held_against_the_tracking_plan(tmp_path, when, message, advice):
    files = {"segments/vip.yaml": f"name: vip\nwhen: {{{when}}}\n", "tracking_plan.yaml": _PLAN}

    assert told(tmp_path, files) == [f"segments/vip.yaml:2: {message} — {advice}"]


@pytest.mark.parametrize(
    "when",
    [
        "did: page",
        "did: [screen, Order Completed]",
        "did: Order Completed, where: {coupon: X}",
        "did: Order Completed, where: {products.0.sku: X}",
        "trait: birthday, anniversary_within: 7d",
        "trait: timezone, is: Europe/Prague",
        "trait: home.street, is: Main",
        "did: Order Completed, where: {products.0.size: XL}",
        "cart: {contains: {size: XL, colour: red, quantity: 2}}",
        "trait: lifetime.net, more_than: 500",
    ],
)
def test_what_a_tracking_plan_leaves_open_may_be_asked_about(tmp_path, when):
    files = {"segments/vip.yaml": f"name: vip\nwhen: {{{when}}}\n", "tracking_plan.yaml": _PLAN}

    assert told(tmp_path, files) == []


def test_without_a_tracking_plan_every_event_may_be_asked_about(tmp_path):
    assert told(tmp_path, {"segments/vip.yaml": "name: vip\nwhen: {did: Order Complete}\n"}) == []


def test_a_plan_that_lists_no_traits_leaves_them_open(tmp_path):
    files = {"segments/vip.yaml": "name: vip\nwhen: {trait: shoe_size, is: 42}\n"}

    assert told(tmp_path, {**files, "tracking_plan.yaml": "events: {A: {}}\n"}) == []


def test_what_is_wrong_elsewhere_in_a_file_hides_no_unknown_name(tmp_path):
    segment_file = """
        name: vip
        when:
          all:
            - {did: Order Complete, wihtin: 7d}
            - not: {did: Sealed, where: {colour: red}}
            - {did: Oder Completed, at_least: 3, at_most: 2}
            - {didd: Sealed}
        """
    journey = JOURNEY.replace("ends_after: 3d", "ends_after: soon\n    exit: {in_segment: vpi}")
    files = {"segments/vip.yaml": segment_file, "journeys/welcome.yaml": journey, "tracking_plan.yaml": _PLAN}

    found = [problem.partition(" — ")[0] for problem in told(tmp_path, files)]

    assert found == [
        "journeys/welcome.yaml:4: 'soon' is no duration",
        "journeys/welcome.yaml:5: unknown segment 'vpi'",
        "segments/vip.yaml:4: unknown event 'Order Complete'",
        "segments/vip.yaml:4: unknown key 'wihtin'",
        "segments/vip.yaml:5: unknown property 'colour'",
        "segments/vip.yaml:6: unknown event 'Oder Completed'",
        "segments/vip.yaml:6: nothing happens at least 3 and at most 2 times",
        "segments/vip.yaml:7: no condition has 'didd'",
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "{{ profile.traits.loyalty_leval }}",
            "unknown trait 'loyalty_leval' — did you mean 'loyalty_level'?",
        ),
        ("{{ profile.traits.home.cty }}", "unknown trait 'home.cty' — did you mean 'home.city'?"),
        ("{{ profile.predicted.risk }}", "no model foretells 'risk' — add a model under models/"),
        (
            "{% if cart.items > 1 and segments contains 'vipp' %}x{% endif %}",
            "unknown segment 'vipp' — did you mean 'vip'?",
        ),
    ],
)
def test_templates_are_held_against_plan_models_and_segments(tmp_path, text, expected):
    files = {**_journey(), "templates/hello.liquid": f"{HELLO}\n{text}\n", "tracking_plan.yaml": _PLAN}

    assert told(tmp_path, files) == [f"templates/hello.liquid:6: {expected}"]

    action = f'mail.send_email: {{template: "{text}"}}'
    in_action = {"journeys/welcome.yaml": JOURNEY.replace("mail.send_email: {template: hello}", action)}
    assert told(tmp_path, {**in_action, "templates/hello.liquid": HELLO}) == [
        f"journeys/welcome.yaml:8: {expected}"
    ]


@pytest.mark.parametrize(
    "text",
    [
        "{{ profile.traits.firstName }}{{ profile.traits.loyalty_level }}{{ profile.traits.home.street }}",
        "{% if segments contains 'vip' or segments contains cart.cart_id %}x{% endif %}",
        "{{ profile.predicted }}{{ profile.traits }}",
    ],
)
def test_templates_may_use_what_plan_and_segments_have(tmp_path, text):
    files = {**_journey(), "templates/hello.liquid": f"{HELLO}\n{text}\n", "tracking_plan.yaml": _PLAN}

    assert told(tmp_path, files) == []
