"""What every connector must do; a new file in functions/connectors is found without being told of."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

import connectors
from hub.connector_kit import Action, Connector, Level, Row, discover
from hub.connector_kit.outcomes import Accepted, Auth, Retry, Sent
from hub.connector_kit.requests import Answer, HttpRequest
from hub.deliveries import Message
from tests.connectors.examples import inverse_requests_of, requests_of

ROOT = Path(__file__).parents[2]
FOLDER = Path(connectors.__path__[0])
CONNECTORS = discover()
ACTIONS = [(one, name, action) for one in CONNECTORS for name, action in one.actions.items()]
LEVELS = [(one, action) for one, _, action in ACTIONS if issubclass(action, Level)]

each_connector = pytest.mark.parametrize("connector", CONNECTORS, ids=lambda one: one.slug)
each_action = pytest.mark.parametrize(
    ("connector", "name", "action"), ACTIONS, ids=[f"{one.slug}.{name}" for one, name, _ in ACTIONS]
)
each_level = pytest.mark.parametrize(
    ("connector", "action"), LEVELS, ids=[f"{one.slug}.{action.__name__}" for one, action in LEVELS]
)


def test_every_file_of_the_folder_is_a_connector_and_its_slug_is_its_name() -> None:
    files = sorted(path.stem for path in FOLDER.glob("*.py") if path.stem != "__init__")

    assert files == [one.slug for one in CONNECTORS]


@each_action
def test_the_example_message_becomes_the_example_requests(
    connector: Connector, name: str, action: type[Action]
) -> None:
    del name

    assert requests_of(action, connector.credentials.example()) == list(action.example.requests)


@each_level
def test_the_inverse_takes_back_what_the_example_put_in(connector: Connector, action: type[Level]) -> None:
    assert inverse_requests_of(action, connector.credentials.example()) == list(action.example.inverse)
    assert bool(action.example.inverse) == bool(action.example.requests)


@each_level
def test_a_level_has_an_inverse_and_says_what_it_stands_on(connector: Connector, action: type[Level]) -> None:
    del connector
    target = action.target(action.example.params)

    assert action.inverse
    assert target
    assert "{{" not in target


@each_level
def test_what_is_remembered_of_a_level_reads_back_as_it_was(
    connector: Connector, action: type[Level]
) -> None:
    """Rows are kept as text between on and off, and must make the same request then."""
    del connector
    example = action.example

    row = action.fill(example.params, example.document, example.templates).row()

    assert Row.from_text(row.to_text()) == row


@each_action
def test_the_example_is_what_the_strategy_may_write(
    connector: Connector, name: str, action: type[Action]
) -> None:
    del connector, name

    assert action.check_params(action.example.params) == []


@each_action
def test_a_field_that_does_not_exist_is_found_before_anything_runs(
    connector: Connector, name: str, action: type[Action]
) -> None:
    del connector, name
    [problem] = action.check_params({**action.example.params, "adress": "x"})

    assert problem.startswith("has no field 'adress'; it takes ")


@each_action
def test_the_name_the_strategy_uses_is_the_classs_own(
    connector: Connector, name: str, action: type[Action]
) -> None:
    del connector

    assert re.sub(r"(?<!^)([A-Z])", r"_\1", action.__name__).lower() == name
    assert action.__doc__


@each_connector
def test_credentials_take_a_base_url_and_no_unknown_field(connector: Connector) -> None:
    example = connector.credentials.example()

    moved = type(example).model_validate({**example.model_dump(), "base_url": "http://127.0.0.1:9/toy"})

    assert moved.base_url == "http://127.0.0.1:9/toy"
    with pytest.raises(ValueError, match="extra"):
        type(example).model_validate({**example.model_dump(), "passwort": "x"})


@each_action
def test_with_a_base_url_no_request_goes_to_the_vendors_own_host(
    connector: Connector, name: str, action: type[Action]
) -> None:
    del connector, name
    for request in (*action.example.requests, *action.example.inverse):
        moved = request.at("http://127.0.0.1:9/sandbox")
        address = moved.url if isinstance(moved, HttpRequest) else moved.endpoint_url

        assert address.startswith("http://127.0.0.1:9/sandbox")


@each_connector
def test_a_rehearsals_credentials_know_every_audience(connector: Connector) -> None:
    rehearsal = connector.credentials.rehearsal(["tea", "coffee"])

    audiences = getattr(rehearsal, "audiences", {"tea": "1", "coffee": "2"})

    assert audiences["tea"].isdigit()
    assert audiences["tea"] != audiences["coffee"]


@each_connector
@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_a_busy_or_broken_vendor_is_asked_again(connector: Connector, status: int) -> None:
    assert isinstance(connector.answers.read(Answer(status=status), now=0), Retry)


@each_connector
def test_an_error_nobody_has_heard_of_is_retried_and_counted(connector: Connector) -> None:
    outcome = connector.answers.read(Answer(status=418), now=0)

    assert isinstance(outcome, Retry)
    assert outcome.unknown_error


@each_connector
def test_a_refused_credential_is_no_fault_of_the_message(connector: Connector) -> None:
    assert isinstance(connector.answers.read(Answer(status=401), now=0), Auth)


@each_action
def test_the_examples_answers_mean_success(connector: Connector, name: str, action: type[Action]) -> None:
    del name
    for answer in (*action.example.answers, *action.example.inverse_answers):
        assert isinstance(connector.answers.read(answer, now=0), Sent | Accepted)


@each_connector
def test_importing_needs_no_environment_and_makes_no_client(connector: Connector) -> None:
    """`boto3.client` would need a region, so that an import which makes one fails here."""
    code = f"from connectors.{connector.slug} import handler, connector; print(connector.slug)"
    path = f"{ROOT}/functions:{ROOT}/layers/hub/python"

    done = subprocess.run(
        [sys.executable, "-c", code], env={"PYTHONPATH": path}, capture_output=True, text=True, check=False
    )

    assert (done.stdout.strip(), done.stderr) == (connector.slug, "")


@each_connector
def test_the_documentation_names_it_and_each_of_its_actions(connector: Connector) -> None:
    text = (ROOT / "docs" / "connectors.md").read_text()

    assert f"`{connector.slug}`" in text
    assert all(f"`{name}`" in text for name in connector.actions)


@pytest.mark.parametrize(
    "connector",
    # These two names are everyday words.
    [one for one in CONNECTORS if one.slug not in {"site", "webhook"}],
    ids=lambda one: one.slug,
)
def test_its_name_stands_in_no_other_source_file(connector: Connector) -> None:
    """Add by adding a file. Only hub.strategy, which speaks to people, gives them as examples."""
    hub = ROOT / "layers/hub/python/hub"
    folders = [hub / "connector_kit", hub / "aws", ROOT / "functions", ROOT / "infra"]
    files = [*hub.glob("*.py"), *(path for folder in folders for path in folder.rglob("*.py"))]

    naming = [path.name for path in files if connector.slug in path.read_text()]

    assert naming == [f"{connector.slug}.py"]


@each_connector
def test_the_messages_it_may_get_are_valid(connector: Connector) -> None:
    for name, action in connector.actions.items():
        message = Message(
            message_id="msg_1",
            profile_id="p_1",
            enrollment_id="e",
            journey="j",
            step=0,
            connector=connector.slug,
            action=name,
            verb=action.verb,
            params=dict(action.example.params),
            target=action.target(action.example.params),
            planned_at=0,
        )

        assert Message.model_validate_json(message.model_dump_json()) == message
