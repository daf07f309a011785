"""Whatever looks like a part of the strategy is read, or said not to be."""

import pytest

from tests.authoring.building import segment, told

_RIGHT = {"segments/vip.yaml": segment()}


@pytest.mark.parametrize(
    ("file", "expected"),
    [
        ("segments/x.yml", "files that end in .yml are not read — rename it to x.yaml"),
        ("segments/x.YAML", "files that end in .YAML are not read — rename it to x.yaml"),
        ("segments/x.json", "files that end in .json are not read — rename it to x.yaml"),
        ("models/x.yaml", "files that end in .yaml are not read — models/ holds .json files"),
        ("templates/x.html", "files that end in .html are not read — templates/ holds .liquid"),
        ("tests/x.yml", "files that end in .yml are not read — rename it to x.yaml"),
        ("segments/sub/x.yaml", "files in a folder within a folder are not read — move it"),
        ("segment/x.yaml", "files in segment/ are not read — did you mean 'segments'?"),
        ("audiences/x.yaml", "files in audiences/ are not read — folders are segments, journeys"),
        ("policy.yml", "files that end in .yml are not read — rename it to policy.yaml"),
        ("polcy.yaml", "polcy.yaml is not read here — did you mean 'policy.yaml'?"),
        ("loyal.yaml", "loyal.yaml is not read here — move it to segments/ or journeys/"),
    ],
)  # fmt: skip
def test_a_file_that_nobody_reads_is_told(tmp_path, file, expected):
    [problem] = told(tmp_path, {**_RIGHT, file: "name: x\n"})

    assert problem.startswith(f"{file}:1: {expected}")


@pytest.mark.parametrize(
    "folder", ["segments/x.yaml", "journeys/x.yaml", "models/x.json", "templates/x.liquid"]
)
def test_a_folder_that_is_named_like_a_file_is_told(tmp_path, folder):
    (tmp_path / folder).mkdir(parents=True)

    [problem] = told(tmp_path, _RIGHT)

    assert problem.startswith(f"{folder}:1: this is a folder, and not read — put its files")


@pytest.mark.parametrize(
    "file",
    ["README.md", "schemas/x.schema.json", ".hidden/x.yaml", "segments/.x.yaml.swp", "segments/.gitkeep"],
)
def test_what_is_plainly_no_part_of_it_is_left_alone(tmp_path, file):
    assert told(tmp_path, {**_RIGHT, file: "x"}) == []
