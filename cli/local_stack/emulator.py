"""ministack, on loopback, with a clean environment and no memory of earlier stacks."""

import os
import shutil
import time
from collections.abc import Callable

import urllib3

from cli.local_stack import processes
from cli.local_stack.errors import LocalStackError
from cli.local_stack.places import HOME, LOOPBACK, NODE, PYTHON, REGION
from cli.local_stack.processes import Child

_WAIT = 60.0
_SCRATCH = HOME / "emulator"


def start(children: list[Child]) -> str:
    """Its URL, once it answers; it is one of the `children` from the first moment on."""
    forget()
    for part in ("state", "s3", "tmp"):
        (_SCRATCH / part).mkdir(parents=True)
    port = processes.free_port()
    url = f"http://{LOOPBACK}:{port}"
    own = {
        "BIND_HOST": LOOPBACK,
        "MINISTACK_HOST": LOOPBACK,
        "GATEWAY_PORT": str(port),
        "MINISTACK_REGION": REGION,
        "STATE_DIR": str(_SCRATCH / "state"),
        "S3_DATA_DIR": str(_SCRATCH / "s3"),
        # Lambdas are unpacked here.
        "TMPDIR": str(_SCRATCH / "tmp"),
        # It would listen on every interface.
        "IOT_MTLS_ENABLED": "0",
        # Shows what the Lambdas print.
        "LOG_LEVEL": "INFO",
    }
    child = processes.start("ministack", [PYTHON, "-m", "ministack"], {**environment(url), **own})
    children.append(child)
    _wait_for(child, lambda: _is_healthy(url))
    return url


def forget() -> None:
    shutil.rmtree(_SCRATCH, ignore_errors=True)


def environment(url: str) -> dict[str, str]:
    """Ours, with nothing in it that could lead to a real AWS account, and with our own node first."""
    kept = {
        name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "CDK_", "HUB_"))
    }
    loopback = {"NO_PROXY": f"{LOOPBACK},localhost", "no_proxy": f"{LOOPBACK},localhost"}
    path = os.pathsep.join((str(NODE.parent), str(PYTHON.parent), kept.get("PATH", "")))
    return {**kept, **loopback, "PATH": path, "JSII_NODE": str(NODE), "AWS_ENDPOINT_URL": url, **_CREDENTIALS}


_CREDENTIALS = {
    "AWS_ACCESS_KEY_ID": "local",
    "AWS_SECRET_ACCESS_KEY": "local",
    "AWS_REGION": REGION,
    "AWS_DEFAULT_REGION": REGION,
    "AWS_EC2_METADATA_DISABLED": "true",
}


def _wait_for(child: Child, ready: Callable[[], bool]) -> None:
    end = time.monotonic() + _WAIT
    while not ready():
        if not child.alive or time.monotonic() > end:
            raise LocalStackError(
                f"{child.name} did not start; the end of {child.log}:\n{child.last_words()}"
            )
        time.sleep(0.05)


def _is_healthy(url: str) -> bool:
    try:
        return urllib3.request("GET", f"{url}/_ministack/health", timeout=2, retries=False).status == 200  # noqa: PLR2004
    except urllib3.exceptions.HTTPError:
        return False
