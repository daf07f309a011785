"""Every kind of problem that one file can have by itself, with its file, line and advice."""

import pytest

from hub.authoring import StrategyProblems, read_strategy
from tests.authoring.building import JOURNEY, segment, told, write

_BEGIN = (
    "begin with one of all, any, average, cart, consents_to, did, did_not, first, identified_by, "
    "in_segment, last, maximum, minimum, not, quiet_for, sum, trait"
)


def _in_segment(tmp_path, when):
    """What is wrong with a segment whose condition begins on line 3."""
    return told(tmp_path, {"segments/vip.yaml": f"name: vip\nwhen:\n{when}"})


def test_a_strategy_without_problems_is_read(tmp_path):
    directory = write(tmp_path, {"segments/vip.yaml": segment()})

    assert read_strategy(directory).segments[0].name == "vip"


@pytest.mark.parametrize(
    ("when", "message", "advice"),
    [
        ("  did: A\n  wihtin: 7d\n", "4: unknown key 'wihtin'", "did you mean 'within'?"),
        (
            "  did: A\n  colour: red\n",
            "4: unknown key 'colour'",
            "known here: after, at_least, at_most, before, did, exactly, since, where, within",
        ),
        (
            "  did: A\n  did_not: B\n",
            "4: 'did_not' is a condition of its own",
            "put both conditions under all (each must hold) or any (one must)",
        ),
        ("  didd: A\n", "2: no condition has 'didd'", "did you mean 'did'?"),
        (
            f"  {'{not: ' * 300}{{did: A}}{'}' * 300}\n",
            "3: conditions stand too deep inside each other",
            "write fewer all, any and not around them, or make a segment of a part and ask in_segment",
        ),
        (
            "  colour: red\n",
            "2: no condition has 'colour'",
            _BEGIN,
        ),
        (
            "  {}\n",
            "2: the condition is empty",
            _BEGIN,
        ),
        ("  - did: A\n", "2: a list is no condition", "put it under all (each must hold) or any (one must)"),
        (
            "  all:\n    - quiet_for: 30m\n    - did: A\n      within: 0s\n",
            "6: a duration of nothing",
            "write a duration above zero, e.g. 30m",
        ),
        ("  did: A\n  within: 7\n", "4: 7 is no duration", "write for example 30s, 10m, 4h, 7d or PT1H30M"),
        (
            "  did: A\n  within: 7w\n",
            "4: '7w' is no duration",
            "write for example 30s, 10m, 4h, 7d or PT1H30M",
        ),
        (
            "  did: A\n  after: tomorrow\n",
            "4: 'tomorrow' is no time",
            "write for example 2026-11-27T08:00:00+01:00",
        ),
        (
            "  did: A\n  within: 7d\n  before: 2026-01-01\n",
            "5: 'within' and 'before' stand together",
            "keep one of within, since, after and before",
        ),
        (
            "  did: A\n  at_least: 3\n  at_most: 2\n",
            "5: nothing happens at least 3 and at most 2 times",
            "keep one",
        ),
        ("  did: A\n  at_least: '3'\n", "4: '3' is no whole number", "write a whole number, without quotes"),
        ("  did: A\n  at_least: 0\n", "4: 0 is too little", "write 1 or more"),
        ("  did: A\n  at_least: 5000\n", "4: 5000 is too much", "write 1000 or less"),
        ("  did: 404\n", "3: '404' is no event", "put its name in quotes"),
        ("  did: []\n", "3: the list is empty", "put something in, or leave the key out"),
        ("  did:\n", "3: 'did' has no value", "write one, or delete the line"),
        (
            "  did: A\n  where:\n    category:\n",
            "5: 'category' has no value",
            "write one, or delete the line",
        ),
        (
            "  did: A\n  where:\n    price: [1, 2]\n",
            "5: a list is no value",
            "write {in: [1, 2]} for one of several",
        ),
        (
            "  did: A\n  where:\n    price: {more_then: 2}\n",
            "5: unknown key 'more_then'",
            "did you mean 'more_than'?",
        ),
        (
            "  did: A\n  where: Tea\n",
            "4: 'Tea' stands where keys belong",
            "write key: value, a line for each",
        ),
        ("  did: A\n  since: B\n", "4: 'B' stands where keys belong", "write key: value, a line for each"),
        (
            "  trait: country\n",
            "2: nothing is tested",
            "add a test, e.g. is: …, more_than: … or exists: true",
        ),
        ("  trait: country\n  exists: yes\n", "4: 'yes' is neither true nor false", "write true or false"),
        (
            "  trait: country\n  in: CZ\n",
            "4: 'CZ' is no list",
            "write [one, two], or a line with a dash for each",
        ),
        (
            "  trait: country\n  matches: '('\n",
            "4: '(' is no regular expression: missing ), unterminated subpattern at position 0",
            "correct it, or use contains",
        ),
        ("  trait: country\n  contains: ''\n", "4: the text is empty", "write something"),
        ("  trait: 5\n  is: 5\n", "3: '5' is no text", "put it in quotes"),
        ("  sum: revenue\n  more_than: 5\n", "2: 'of' is missing", "add the line 'of: …'"),
        (
            "  in_segment: VIP\n",
            "3: 'VIP' is no name",
            "small letters, digits and _, a letter first, at most 40",
        ),
        (
            "  all:\n    - {did: A, within: 10m}\n    - quiet_for: 30m\n",
            "3: this can never be true: 'A' within 10m ends a quiet of 30m",
            "correct one of the two, or put them under any",
        ),
    ],
)
def test_a_wrong_condition_is_told_at_its_line(tmp_path, when, message, advice):
    assert _in_segment(tmp_path, when) == [f"segments/vip.yaml:{message} — {advice}"]


def test_all_problems_of_a_file_are_told_in_order_of_lines(tmp_path):
    problems = _in_segment(
        tmp_path, "  all:\n    - {did: A, wihtin: 7d}\n    - {quiet_for: 0s}\n    - {trait: x, ist: 5}\n"
    )

    assert [problem.split(" — ")[0] for problem in problems] == [
        "segments/vip.yaml:4: unknown key 'wihtin'",
        "segments/vip.yaml:5: a duration of nothing",
        "segments/vip.yaml:6: unknown key 'ist'",
    ]


def test_all_files_are_told_of_together(tmp_path):
    problems = told(
        tmp_path, {"segments/a.yaml": "name: a\n", "segments/b.yaml": "", "policy.yaml": "hold_out: 5\n"}
    )

    assert problems == [
        "policy.yaml:1: unknown key 'hold_out' — did you mean 'holdout'?",
        "segments/a.yaml:1: 'when' is missing — add the line 'when: …'",
        "segments/b.yaml:1: the file is empty — write it, or delete it",
    ]


@pytest.mark.parametrize(
    ("line", "replacement", "message", "advice"),
    [
        (
            "ends_after: 3d",
            "ends_after: 0s",
            "4: a duration of nothing",
            "write a duration above zero, e.g. 30m",
        ),
        (
            "ends_after: 3d",
            "ends_after: 3d\nholdout: 10",
            "5: '10' is no share",
            "write a share from 0% to 100%, e.g. 10%",
        ),
        (
            "ends_after: 3d",
            "ends_after: 3d\nexits: {did: A}",
            "5: unknown key 'exits'",
            "did you mean 'exit'?",
        ),
        (
            "- after: 0s",
            "- after: 4d",
            "4: it ends before its last step at 4d",
            "let ends_after be more than 4d",
        ),
        ("- after: 0s", "- after: 0", "6: 0 is no duration", "write for example 30s, 10m, 4h, 7d or PT1H30M"),
        (
            "- after: 0s",
            "- after: 0s\n    only: {did: A}",
            "7: unknown key 'only'",
            "did you mean 'only_if'?",
        ),
        (
            "- after: 0s",
            "- after: 0s\n    between: 9-20",
            "7: '9-20' is no window of the day",
            "write for example 09:00-20:00",
        ),
        (
            "- mail.send_email:",
            "- mail_send_email:",
            "8: 'mail_send_email' is no action",
            "write connector.action, e.g. webhook.post",
        ),
        (
            "- mail.send_email: {template: hello}",
            "- mail.send_email",
            "8: 'mail.send_email' is no action",
            "write connector.action: {…}, with its colon",
        ),
        (
            "- mail.send_email: {template: hello}",
            "- {connector: mail, action: send_email}",
            "8: not one action",
            "give each action a line and a dash of its own",
        ),
        (
            "goal: {did: Order Completed}",
            "goal: {quiet_for: 1d, value: revenue}",
            "3: only a did has a value",
            "leave value out, or make the goal a did",
        ),
        (
            "goal: {did: Order Completed}",
            "goal: {did: Order Completed, vlaue: revenue}",
            "3: unknown key 'vlaue'",
            "did you mean 'value'?",
        ),
        (
            "entry: {segment: vip}",
            "entry: {segment: vip, key: order.id}",
            "2: 'order.id' is no key",
            "begin with cart. or profile., e.g. cart.cart_id",
        ),
    ],
)
def test_a_wrong_journey_is_told_at_its_line(tmp_path, line, replacement, message, advice):
    journey = "\n".join(row.removeprefix("    ") for row in JOURNEY.strip("\n").splitlines())
    assert line in journey
    files = {"segments/vip.yaml": segment(), "journeys/welcome.yaml": journey.replace(line, replacement)}

    assert told(tmp_path, files) == [f"journeys/welcome.yaml:{message} — {advice}"]


@pytest.mark.parametrize(
    ("policy", "message", "advice"),
    [
        (
            "time_zone: Europe/Pargue\n",
            "1: unknown time zone 'Europe/Pargue'",
            "did you mean 'Europe/Prague'?",
        ),
        (
            "quiet_hours: {from: 21, to: 08:00}\n",
            "1: '21' is no time of day",
            "write hours and minutes, e.g. 08:30 or 21:00",
        ),
        ("sources:\n  web: {party: frist}\n", "2: 'frist' is not known here", "did you mean 'first'?"),
        ("sources:\n  web: {region: Norway}\n", "2: 'Norway' has the wrong form", "it must match ^[A-Z]{2}$"),
        (
            "caps:\n  - {at_most: 3, within: 0s}\n",
            "2: a duration of nothing",
            "write a duration above zero, e.g. 30m",
        ),
        (
            "caps: {at_most: 3, within: 1d}\n",
            "1: a group of keys is no list",
            "write [one, two], or a line with a dash for each",
        ),
        (
            "caps:\n  - {at_most: 400, within: 90d}\n",
            "1: the caps count up to 400 messages, a profile remembers 300 of them",
            "lower at_most, in a shorter window too: 10 in 7d instead of 40 in 28d",
        ),
        (
            "identifiers: {limits: {fax: 2}}\n",
            "1: limits names 'fax', priority does not",
            "name it in priority too",
        ),
        (
            "sources:\n  web: {region: UK}\n",
            "2: 'UK' has no telephone numbers",
            "did you mean 'GB'?",
        ),
        (
            "sources:\n  web: {region: XX}\n",
            "2: 'XX' has no telephone numbers",
            "write its code of ISO 3166, e.g. CZ",
        ),
        (
            "identifiers:\n  blocked: ['603123456', '+420 603 123']\n",
            "2: '+420 603 123' is no telephone number, and blocks none",
            "write it with its country, e.g. +420 603 123 456",
        ),
        (
            "identifiers:\n  blocked: [kiosk, null]\n",
            "2: identifiers.blocked[1] has no value",
            'quote it where the word is meant ("null"), or delete it',
        ),
        ("holdout: 150%\n", "1: '150%' is no share", "write a share from 0% to 100%, e.g. 10%"),
        ("- a list\n", "1: a list stands where keys belong", "write key: value, a line for each"),
    ],
)
def test_a_wrong_policy_is_told_at_its_line(tmp_path, policy, message, advice):
    assert told(tmp_path, {"policy.yaml": policy}) == [f"policy.yaml:{message} — {advice}"]


def test_a_blocked_number_may_be_of_a_sources_region_and_ids_may_look_like_numbers(tmp_path):
    policy = (
        "sources: {web: {region: CZ}}\nidentifiers: {blocked: ['603 123 456', '1234567', '2020-01-01']}\n"
    )

    assert told(tmp_path, {"policy.yaml": policy}) == []


def test_norway_is_a_country_and_a_time_is_a_time(tmp_path):
    policy = "sources: {web: {region: NO}}\nquiet_hours: {from: 21:00, to: 08:00}\n"

    assert told(tmp_path, {"policy.yaml": policy}) == []


@pytest.mark.parametrize(
    ("plan", "message", "advice"),
    [
        ("events:\n  A: {typ: object}\n", "2: unknown key 'typ'", "did you mean 'type'?"),
        (
            "events:\n  A: {type: text}\n",
            "2: 'text' is not known here",
            "write 'string', 'number', 'integer', 'boolean', 'array', 'object' or 'null'",
        ),
        (
            "events:\n  A: {properties: {p: {pattern: '['}}}\n",
            "2: '[' is no regular expression: unterminated character set at position 0",
            "correct it, or use contains",
        ),
        (
            "events:\n  A: {properties: {p: {pattern: '^([a-z]+ ?)+$'}}}\n",
            "2: '^([a-z]+ ?)+$' repeats a group that can part a text in many ways, and may never end",
            "begin or end the group with a sign that it has nowhere else, e.g. ^[a-z]+(-[a-z]+)*$",
        ),
        ("event: {}\n", "1: unknown key 'event'", "did you mean 'events'?"),
    ],
)
def test_a_wrong_tracking_plan_is_told_at_its_line(tmp_path, plan, message, advice):
    files = {"policy.yaml": "holdout: 0%\n", "tracking_plan.yaml": plan}

    assert told(tmp_path, files) == [f"tracking_plan.yaml:{message} — {advice}"]


def test_what_is_wrong_in_an_alias_is_told_once(tmp_path):
    plan = "events:\n  A: {properties: &p {x: {typ: string}}}\n  B: {properties: *p}\n"

    [problem] = told(tmp_path, {"policy.yaml": "holdout: 0%\n", "tracking_plan.yaml": plan})

    assert problem == "tracking_plan.yaml:2: unknown key 'typ' — did you mean 'type'?"


def test_a_file_that_nobody_reads_is_told(tmp_path):
    assert told(tmp_path, {"segments/vip.yml": segment()}) == [
        "segments/vip.yml:1: files that end in .yml are not read — rename it to vip.yaml"
    ]


def test_a_directory_without_a_strategy_is_told(tmp_path):
    [empty] = told(tmp_path, {})
    [missing] = told(tmp_path / "nowhere", {})

    assert "holds no strategy — name the directory that holds segments/ and journeys/" in empty
    assert "there is no directory" in missing


def test_a_problem_knows_its_column_and_where_it_is(tmp_path):
    directory = write(tmp_path, {"segments/vip.yaml": "name: vip\nwhen: {did: A, wihtin: 7d}\n"})

    with pytest.raises(StrategyProblems) as found:
        read_strategy(directory)

    [problem] = found.value.problems
    assert (problem.file, problem.line, problem.column, problem.where) == (
        "segments/vip.yaml",
        2,
        16,
        "when.wihtin",
    )
