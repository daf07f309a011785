from hub.authoring import compile_strategy, read_strategy
from hub.strategy.strategy import Strategy
from tests.authoring.building import CONNECTORS, HELLO, JOURNEY, segment, write


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


def test_without_a_policy_the_defaults_hold(tmp_path):
    directory = write(tmp_path, {"segments/vip.yaml": segment()})

    strategy = read_strategy(directory)

    assert (strategy.policy.time_zone, strategy.tracking_plan, strategy.journeys) == ("UTC", None, ())
