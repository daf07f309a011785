"""Third-party wheels, installed for the Lambdas' machine without Docker, once a requirements.txt."""

import shutil
import subprocess
from hashlib import blake2b
from pathlib import Path

from uv import find_uv_bin

from hub.errors import ConfigurationError
from infra.context import ROOT

REQUIREMENTS = ROOT / "layers" / "dependencies" / "requirements.txt"
CACHE = ROOT / ".hub" / "layers"
PYTHON = "3.13"
PLATFORM = "aarch64-manylinux2014"
# python-liquid imports Babel for filters that we do not register; the languages alone weigh 31 MB.
# email-validator imports dns only to ask whether a domain takes mail, which the hub never does.
_UNUSED = ("**/tests", "**/__pycache__", "bin", "*.dist-info/RECORD", "babel/locale-data", "dns")


def install(requirements: Path = REQUIREMENTS, cache: Path = CACHE) -> Path:
    """A directory for a layer (its wheels stand under python/), from the cache where nothing changed."""
    made_of = requirements.read_bytes() + f"{PYTHON} {PLATFORM} {_UNUSED}".encode()
    key = blake2b(made_of, digest_size=12).hexdigest()
    ready = cache / key
    if not ready.is_dir():
        unfinished = cache / f"{key}.unfinished"
        shutil.rmtree(unfinished, ignore_errors=True)
        _install(requirements, unfinished / "python")
        unfinished.rename(ready)
    return ready


def _install(requirements: Path, target: Path) -> None:
    command = [
        find_uv_bin(),
        "pip",
        "install",
        "--quiet",
        "--require-hashes",
        "--no-deps",
        "--only-binary",
        ":all:",
    ]
    command += ["--python-version", PYTHON, "--python-platform", PLATFORM, "--target", str(target)]
    done = subprocess.run([*command, "-r", str(requirements)], capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode:
        raise ConfigurationError(f"{requirements} cannot be installed for {PLATFORM}:\n{done.stderr}")
    for unused in [found for pattern in _UNUSED for found in target.glob(pattern)]:
        shutil.rmtree(unused) if unused.is_dir() else unused.unlink()
