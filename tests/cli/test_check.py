import json

import pytest

from cli.main import run
from tests.authoring.building import segment, write


@pytest.fixture
def right(tmp_path):
    return write(tmp_path, {"segments/vip.yaml": segment()})


@pytest.fixture
def wrong(tmp_path):
    return write(tmp_path, {"segments/vip.yaml": "name: vip\nwhen: {did: A, wihtin: 7d}\n"})


def test_a_right_strategy_is_counted(right, capsys):
    code = run(["check", "--strategy", str(right)])

    assert (code, capsys.readouterr().out) == (0, "1 segment, 0 journeys, 0 templates: all fine\n")


def test_a_wrong_strategy_is_told_with_file_line_column_and_advice(wrong, capsys):
    code = run(["check", "--strategy", str(wrong)])

    assert code == 1
    assert capsys.readouterr().out.splitlines() == [
        "segments/vip.yaml:2:16: unknown key 'wihtin'",
        "    did you mean 'within'?",
        "1 problem in the strategy",
    ]


def test_programs_get_json(wrong, capsys):
    code = run(["check", "--strategy", str(wrong), "--json"])

    answer = json.loads(capsys.readouterr().out)
    assert (code, answer["ok"]) == (1, False)
    assert answer["problems"] == [
        {
            "file": "segments/vip.yaml",
            "line": 2,
            "column": 16,
            "where": "when.wihtin",
            "message": "unknown key 'wihtin'",
            "advice": "did you mean 'within'?",
        }
    ]


def test_a_directory_that_is_not_there_is_wrong_usage(tmp_path):
    assert run(["check", "--strategy", str(tmp_path / "nowhere")]) == 2


def test_schemas_for_editors_are_written_when_asked_for(right, capsys):
    code = run(["check", "--strategy", str(right), "--schemas"])

    assert (code, capsys.readouterr().err) == (0, "")
    assert sorted(path.name for path in (right / "schemas").iterdir()) == [
        "cases.schema.json",
        "journey.schema.json",
        "model.schema.json",
        "policy.schema.json",
        "segment.schema.json",
        "tracking_plan.schema.json",
    ]
