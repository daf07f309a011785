"""How large what is deployed is, and how long each Lambda's module takes to import.

    python -m tests.benchmarks.sizes [--json]

Assets are those of the production stack, as `cdk deploy -c stage=prod` would upload them, zipped. Imports are
the CPU time of fresh processes of this machine's Python, the best of some, beside that of `import boto3`.
"""

import json
import os
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from infra.context import ROOT
from tests.benchmarks.production import STAGE, functions
from tests.benchmarks.rows import Row, alone
from tests.moto_stack import Template, resources

ROUNDS = 3
_TIMED = "from time import process_time; begun = process_time(); import {}; print(process_time() - begun)"
_KB = 1_024


def rows() -> list[Row]:
    with TemporaryDirectory() as directory:
        assembly = Path(directory)
        template = synthesise(assembly)
        layers = dict(_layers(assembly, template))
        lambdas = {name: _zipped(assembly, told) for name, told in functions(template).items()}
        times = imports(assembly, template)
    boto3 = times.pop("boto3")
    slowest = max(times, key=lambda name: times[name])
    return [
        Row(what="layers, zipped", measured=_sizes(layers), figures=layers),
        Row(what="Lambdas, zipped", measured=f"{_kb(max(lambdas.values()))} at most", figures=lambdas),
        Row(
            what="import of a Lambda's module, by boto3's",
            measured=f"{times[slowest] / boto3:.1f} times at most ({slowest})",
            figures={"boto3_ms": round(boto3 * 1e3), **{name: round(t * 1e3) for name, t in times.items()}},
        ),
    ]


def synthesise(assembly: Path) -> Template:
    """The real thing, with the wheels of its dependencies; the stack's template."""
    context = json.dumps({"stage": STAGE})
    environment = {**os.environ, "CDK_OUTDIR": str(assembly), "CDK_CONTEXT_JSON": context}
    command = [sys.executable, "-m", "infra.app"]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"the synthesis failed:\n{done.stderr[-2_000:]}")
    found: Template = json.loads((assembly / f"hub-{STAGE}.template.json").read_text())
    return found


def imports(assembly: Path, template: Template) -> dict[str, float]:
    """Seconds; a Lambda sees its own asset, the hub's layer, and third-party packages as installed here."""
    code = {name: _asset(assembly, told["Code"]) for name, told in functions(template).items()}
    hub = next(
        path
        for path in (_asset(assembly, told["Content"]) for told in _of_layers(template))
        if (path / "python/hub").is_dir()
    )
    times = {name: [_import_time(name, path, hub) for _ in range(ROUNDS)] for name, path in code.items()}
    times["boto3"] = [_import_time("boto3", hub, hub) for _ in range(ROUNDS)]
    return {name: min(found) for name, found in times.items()}


def _import_time(module: str, code: Path, hub: Path) -> float:
    path = os.pathsep.join((str(code), str(hub / "python")))
    command = [sys.executable, "-c", _TIMED.format(module)]
    done = subprocess.run(
        command, env={**os.environ, "PYTHONPATH": path}, capture_output=True, text=True, check=True
    )
    return float(done.stdout)


def _of_layers(template: Template) -> list[dict[str, Any]]:
    return [told for _, told in resources(template, "AWS::Lambda::LayerVersion")]


def _layers(assembly: Path, template: Template) -> Iterator[tuple[str, int]]:
    for name, told in resources(template, "AWS::Lambda::LayerVersion"):
        yield name.removeprefix("Layers")[:-8], _zip_size(_asset(assembly, told["Content"]))


def _zipped(assembly: Path, told: Any) -> int:
    return _zip_size(_asset(assembly, told["Code"]))


def _asset(assembly: Path, where: dict[str, Any]) -> Path:
    """The key of an asset is its hash, and its directory in the assembly is named after that."""
    return assembly / f"asset.{where['S3Key'].removesuffix('.zip')}"


def _zip_size(directory: Path) -> int:
    """Bytes."""
    packed = BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in sorted(path for path in directory.rglob("*") if path.is_file()):
            archive.write(file, file.relative_to(directory))
    return packed.tell()


def _sizes(found: dict[str, int]) -> str:
    return ", ".join(f"{name} {_kb(size)}" for name, size in found.items())


def _kb(size: int) -> str:
    return f"{size / _KB / _KB:.1f} MB" if size > _KB * _KB else f"{size / _KB:.0f} KB"


if __name__ == "__main__":
    alone(rows)
