import pytest

from hub.authoring import StrategyProblems, compile_strategy, read_strategy
from hub.strategy.strategy import Strategy
from tests.authoring.building import CONNECTORS, HELLO, JOURNEY, segment, told, write

_MODEL = """{"name": "m", "trait": "m", "link": "linear", "intercept": 0, "coefficients": {"monetary": 1},
  "description": "\\ud83d"}"""


def _strategy(tmp_path):
    files = {
        "segments/vip.yaml": segment(),
        "segments/a.yaml": segment("a"),
        "journeys/welcome.yaml": JOURNEY,
    }
    return write(
        tmp_path / "strategy", {**files, "templates/hello.liquid": HELLO, "policy.yaml": "holdout: 5%\n"}
    )


def test_a_compiled_strategy_is_the_strategy_that_was_read(tmp_path):
    directory = _strategy(tmp_path)

    compile_strategy(directory, tmp_path / "layer", CONNECTORS)

    assert Strategy.load(tmp_path / "layer") == read_strategy(directory, CONNECTORS)


def test_the_same_strategy_compiles_to_the_same_bytes_wherever_it_lies(tmp_path):
    one = compile_strategy(_strategy(tmp_path / "here"), tmp_path / "one", CONNECTORS)
    two = compile_strategy(_strategy(tmp_path / "there"), tmp_path / "two", CONNECTORS)

    assert one.read_bytes() == two.read_bytes()


def test_segments_stand_in_order_of_their_names(tmp_path):
    assert [one.name for one in read_strategy(_strategy(tmp_path)).segments] == ["a", "vip"]


def test_with_connectors_an_action_knows_its_facts(tmp_path):
    [do] = read_strategy(_strategy(tmp_path), CONNECTORS).journeys[0].steps[0].do

    assert (do.facts.verb, do.facts.channel, do.facts.paid, do.facts.target) == ("send", "email", False, "")


def test_a_variant_keeps_its_name_and_its_weight(tmp_path):
    send = "mail.send_email: {template: hello}"
    variants = f"variants: [{{name: plain, weight: 2, do: [{send}]}}, {{do: [ads.set_note: {{note: a}}]}}]"
    directory = _strategy(tmp_path)
    write(directory, {"journeys/welcome.yaml": JOURNEY.replace(f"do:\n          - {send}", variants)})

    [step] = read_strategy(directory, CONNECTORS).journeys[0].steps

    assert (step.variant_names, [one.weight for one in step.variants]) == (("plain", "B"), [2, 1])


def test_without_a_policy_the_defaults_hold(tmp_path):
    directory = write(tmp_path, {"segments/vip.yaml": segment()})

    strategy = read_strategy(directory)

    assert (strategy.policy.time_zone, strategy.tracking_plan, strategy.journeys) == ("UTC", None, ())


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("journeys/welcome.yaml", JOURNEY.replace("{template: hello}", "{limit: .nan}")),
        ("journeys/welcome.yaml", JOURNEY.replace("{template: hello}", "{deep: [{limit: 1e999}]}")),
        ("segments/vip.yaml", 'name: vip\ndescription: "\\ud83d"\nwhen: {did: A}\n'),
        ("tracking_plan.yaml", "events: {Order Completed: {enum: [.inf]}}\n"),
        ("tracking_plan.yaml", "events: {Order Completed: {minimum: .inf}}\n"),
        ("policy.yaml", 'identifiers: {blocked: ["\\udc00"]}\n'),
        ("models/m.json", _MODEL),
    ],
)
def test_what_lambdas_could_not_load_again_is_told_with_its_file(tmp_path, file, text):
    [problem] = told(tmp_path, {"segments/vip.yaml": segment(), file: text})

    assert problem.startswith(f"{file}:")
    with pytest.raises(StrategyProblems):
        compile_strategy(tmp_path, tmp_path / "layer")
    assert not (tmp_path / "layer").exists()


def test_a_number_past_all_doubles_is_refused_in_a_condition(tmp_path):
    huge = "1" + "0" * 400

    [problem] = told(tmp_path, {"segments/vip.yaml": segment(when=f"{{trait: age, more_than: {huge}}}")})

    assert problem.startswith("segments/vip.yaml:2: ")
    assert "is no number" in problem
