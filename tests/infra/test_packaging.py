"""What goes into a Lambda, and what is said when something is missing."""

import ast
import json
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from aws_cdk import App, Duration, Stack
from aws_cdk import aws_lambda as lambda_

from hub.errors import ConfigurationError
from hub.settings import Settings
from infra import dependencies
from infra.context import ROOT
from infra.packaging import FUNCTIONS, HUB_LAYER, Assets, HubFunction, Layers
from infra.stages import LOCAL, PROD

REQUIREMENTS = ROOT / "layers" / "dependencies" / "requirements.txt"


def a_function(stack: Stack, module: str) -> lambda_.Function:
    return HubFunction(
        stack, module, stage=PROD, layers=[], settings=Settings(stage="prod"), timeout=Duration.seconds(5)
    )


def asset_files(app: App) -> set[str]:
    """Of the only asset of the app's only stack."""
    directory = Path(app.synth().directory)
    [manifest] = directory.glob("*.assets.json")
    sources = [file["source"] for file in json.loads(manifest.read_text())["files"].values()]
    [asset] = [directory / source["path"] for source in sources if source["packaging"] == "zip"]
    return {str(path.relative_to(asset)) for path in asset.rglob("*") if path.is_file()}


def test_a_lambda_carries_its_own_module_only(tmp_path: Path) -> None:
    app = App(outdir=str(tmp_path))

    a_function(Stack(app, "s"), "update_profiles")

    assert asset_files(app) == {"update_profiles.py"}


def test_a_connector_carries_its_own_module_and_its_package(tmp_path: Path) -> None:
    app = App(outdir=str(tmp_path))

    a_function(Stack(app, "s"), "connectors.site")

    shared = {f"connectors/{path.name}" for path in (FUNCTIONS / "connectors").glob("_*.py")}
    assert asset_files(app) == {"connectors/site.py", *shared}


def test_a_module_that_is_not_there_stops_the_synthesis() -> None:
    with pytest.raises(ConfigurationError, match=r"functions/send_pigeons\.py does not exist"):
        a_function(Stack(App(), "s"), "send_pigeons")


def test_layers_that_were_not_built_stop_the_synthesis(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="Dependencies layer was not built"):
        Layers(Stack(App(), "s"), PROD, Assets(dependencies=None, strategy=tmp_path))


def test_on_this_machine_the_strategy_is_read_where_it_lies(tmp_path: Path) -> None:
    layers = Layers(Stack(App(), "s"), LOCAL, Assets(dependencies=None, strategy=tmp_path))

    assert layers.strategy_path == str(tmp_path / "strategy")
    assert layers.all == layers.hub


def test_an_installed_layer_is_not_installed_again(tmp_path: Path) -> None:
    requirements = tmp_path / "requirements.txt"
    requirements.write_text("# nothing\n")

    first = dependencies.install(requirements, tmp_path / "cache")
    (first / "mark").touch()
    again = dependencies.install(requirements, tmp_path / "cache")
    requirements.write_text("# nothing, but otherwise\n")
    other = dependencies.install(requirements, tmp_path / "cache")

    assert (again / "mark").exists()
    assert other != first


def test_what_cannot_be_installed_is_told_with_the_reason(tmp_path: Path) -> None:
    requirements = tmp_path / "requirements.txt"
    requirements.write_text("pydantic\n")

    with pytest.raises(ConfigurationError, match="require-hashes"):
        dependencies.install(requirements, tmp_path / "cache")

    assert not list((tmp_path / "cache").glob("*")) or not dependencies_ready(tmp_path / "cache")


def dependencies_ready(cache: Path) -> list[Path]:
    return [path for path in cache.iterdir() if path.suffix != ".unfinished"]


def pinned() -> dict[str, str]:
    lines = (line for line in REQUIREMENTS.read_text().splitlines() if "==" in line)
    return dict(line.removesuffix(" \\").partition(" ;")[0].strip().split("==") for line in lines)


def test_lambdas_get_the_versions_that_the_tests_ran_with() -> None:
    locked = tomllib.loads((ROOT / "uv.lock").read_text())["package"]
    versions = {package["name"]: package.get("version") for package in locked}

    assert {name: versions[name] for name in pinned()} == pinned()


def test_every_wheel_is_pinned_by_its_hashes() -> None:
    text = REQUIREMENTS.read_text()

    assert text.count("==") == len(pinned())
    assert text.count("--hash=sha256:") >= len(pinned())


def test_everything_that_lambdas_import_is_in_the_layer_or_in_the_runtime() -> None:
    # Three wheels bring a package of another name than theirs.
    other_names = {"liquid", "crawleruseragents", "phonenumbers"}
    wheels = {name.replace("-", "_") for name in pinned()} | other_names
    own = {"hub", "connectors"} | {path.stem for path in FUNCTIONS.glob("*.py")}
    runtime = {"boto3", "botocore"}

    imported = {name for path in lambda_sources() for name in imports(path)}

    assert imported - wheels - own - runtime - sys.stdlib_module_names == set()


def test_addresses_are_read_without_the_dns_package_that_the_layer_leaves_out() -> None:
    read = "from hub import addresses; print(addresses.email('A@B\u00fccher.CZ'))"
    code = f"import sys; sys.modules['dns'] = None; {read}"

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)

    assert (done.stdout.strip(), done.stderr) == ("a@xn--bcher-kva.cz", "")


def lambda_sources() -> Iterator[Path]:
    yield from FUNCTIONS.rglob("*.py")
    yield from (path for path in HUB_LAYER.rglob("*.py") if "authoring" not in path.parts)


def imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module.partition(".")[0]
