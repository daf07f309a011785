import pytest

from hub.authoring.written import Place, read_file, read_yaml


def _sentences(text):
    return [str(problem) for problem in read_yaml(text, "a.yaml").problems]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("on: yes", {"on": "yes"}),
        ("no: off", {"no": "off"}),
        ("region: NO", {"region": "NO"}),
        ("from: 21:00", {"from": "21:00"}),
        ("span: 1:30:00", {"span": "1:30:00"}),
        ("day: 2026-11-27", {"day": "2026-11-27"}),
        ("at: 2026-11-27 08:00:00", {"at": "2026-11-27 08:00:00"}),
        ("postcode: 01234", {"postcode": "01234"}),
        ("big: 1_000", {"big": "1_000"}),
        ("404: 5", {"404": 5}),
        ("true: 1", {"true": 1}),
        ("a: [1, -2, 2.5, 1e3, .5, 0x1F, 0o17]", {"a": [1, -2, 2.5, 1000.0, 0.5, 31, 15]}),
        ("a: [true, False, null, ~, '']", {"a": [True, False, None, None, ""]}),
        ("a:", {"a": None}),
        ("a: '5'", {"a": "5"}),
        ("a: !!str 5", {"a": "5"}),
        ("a: .inf", {"a": float("inf")}),
        ("a: &x {b: 1}\nc: *x", {"a": {"b": 1}, "c": {"b": 1}}),
        ("a: |\n  two\n  lines\n", {"a": "two\nlines\n"}),
        ('{"a": "\\ud83c\\udf75 \\u010d"}', {"a": "🍵 č"}),
        ("just a text", "just a text"),
    ],
)
def test_yaml_means_what_it_looks_like(text, expected):
    written = read_yaml(text, "a.yaml")

    assert (written.data, written.problems) == (expected, ())


def test_every_key_and_element_has_its_place():
    written = read_yaml("when:\n  all:\n    - did: A\n      within: 7d\n    - quiet_for: 30m\n", "a.yaml")

    places = {path: (place.line, place.column) for path, place in written.places.items()}

    assert places == {
        (): (1, 1),
        ("when",): (1, 1),
        ("when", "all"): (2, 3),
        ("when", "all", 0): (3, 7),
        ("when", "all", 0, "did"): (3, 7),
        ("when", "all", 0, "within"): (4, 7),
        ("when", "all", 1): (5, 7),
        ("when", "all", 1, "quiet_for"): (5, 7),
    }


def test_what_is_not_there_has_the_place_of_what_is_around_it():
    assert read_yaml("a:\n  b: 1\n", "a.yaml").place(("a", "c", 0)) == Place(1, 1)


@pytest.mark.parametrize(
    ("text", "line", "message", "advice"),
    [
        (f"a: {'9' * 5_000}\n", 1, "a number of too many digits", "write a smaller one"),
        ("a: 1\nb: 2\na: 3\n", 3, "'a' is given twice", "it stands on line 1 already; keep one"),
        ("a: {b: 1, b: 2}", 1, "'b' is given twice", "it stands on line 1 already; keep one"),
        (
            "a:\n\t- b\n",
            2,
            "character '\\t' that cannot start any token",
            "indent with spaces, not with tabs",
        ),
        ("a: b: c\n", 1, "mapping values are not allowed here", "check the indent of this line"),
        ("a: 1\n---\nb: 2\n", 2, "expected a single document", "remove the line ---"),
        ("a: [1, 2\nb: 3\n", 2, "expected ',' or ']', but got ':'", "check indents, colons and quotes"),
        ("a: *x\n", 1, "found undefined alias 'x'", "check indents, colons and quotes"),
        ("a: &x [*x]\n", 1, "an alias inside its own anchor", "write the value out"),
        ("a: !!int 5\n", 1, "unknown tag 'tag:yaml.org,2002:int'", "leave it out"),
        ("{{ cart.items }}: 1\n", 1, "a key is a single word", "put text that begins with { or [ in quotes"),
        ("", 1, "the file is empty", "write it, or delete it"),
        ("# only a comment\n", 1, "the file is empty", "write it, or delete it"),
        ('a: 1\nb: "\\ud83c"\n', 2, "a text with half a character", "write the character itself"),
        ("a: 1\nb: \x07\n", 2, "a character YAML forbids: '\\x07'", "delete it"),
    ],
)
def test_what_is_wrong_with_the_form_is_told_with_its_line(text, line, message, advice):
    [problem] = read_yaml(text, "a.yaml").problems

    assert (problem.file, problem.line) == ("a.yaml", line)
    assert message in problem.message
    assert advice in problem.advice


def test_all_duplicates_of_a_file_are_told():
    assert len(_sentences("a: 1\na: 2\nb: {c: 1, c: 2}\n")) == 2


def test_line_ends_and_byte_order_marks_of_other_systems_do_not_matter(tmp_path):
    path = tmp_path / "a.yaml"
    path.write_bytes(b"\xef\xbb\xbfa: 1\r\nb: 2\r\n")

    assert read_file(path, "a.yaml").data == {"a": 1, "b": 2}


def test_a_file_that_is_not_utf_8_is_told_with_the_line(tmp_path):
    path = tmp_path / "a.yaml"
    path.write_bytes("a: 1\nb: žluť\n".encode("cp1250"))

    [problem] = read_file(path, "a.yaml").problems

    assert str(problem) == "a.yaml:2: this is not UTF-8 text — save the file as UTF-8"
