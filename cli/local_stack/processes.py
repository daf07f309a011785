"""Child processes: started apart from the terminal, noted down, and always stopped."""

import json
import os
import signal
import socket
import subprocess
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from cli.local_stack.places import HOME, LOOPBACK

PATIENCE = 2.0
"""Seconds a process has to end by itself."""


@dataclass(frozen=True)
class Child:
    name: str
    process: subprocess.Popen[bytes]
    log: Path

    @property
    def alive(self) -> bool:
        return self.process.poll() is None

    def last_words(self, lines: int = 15) -> str:
        with suppress(OSError):
            return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:])
        return ""


def start(
    name: str, command: Sequence[str | Path], environment: Mapping[str, str], home: Path = HOME
) -> Child:
    """In a session of its own, so that Ctrl-C reaches us alone and we end it in order."""
    home.mkdir(exist_ok=True)
    log = home / f"{name}.log"
    with log.open("wb") as out:
        process = subprocess.Popen(  # noqa: S603 - our own commands
            list(map(str, command)),
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    _note(home, name, process.pid)
    return Child(name, process, log)


def stop(children: Sequence[Child], home: Path = HOME) -> None:
    for child in children:
        _signal_group(child.process.pid, signal.SIGTERM)
    for child in children:
        with suppress(subprocess.TimeoutExpired):
            child.process.wait(PATIENCE)
        _signal_group(child.process.pid, signal.SIGKILL)
        child.process.wait()
    _notes(home).unlink(missing_ok=True)


def stop_leftovers(home: Path = HOME) -> None:
    """End what a `hub up` that was itself killed left behind."""
    try:
        noted: dict[str, int] = json.loads(_notes(home).read_text())
    except (OSError, ValueError):
        return
    for pid in noted.values():
        if _is_ours(pid):
            _signal_group(pid, signal.SIGKILL)
    _notes(home).unlink(missing_ok=True)


def _is_ours(pid: int) -> bool:
    """A noted number may long belong to somebody else."""
    try:
        command = Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return not Path("/proc/self").exists()
    return b"ministack" in command or b"cli.sandbox" in command


def free_port() -> int:
    with socket.create_server((LOOPBACK, 0)) as probe:
        port: int = probe.getsockname()[1]
        return port


def _signal_group(pid: int, number: signal.Signals) -> bool:
    try:
        os.killpg(pid, number)
    except (ProcessLookupError, PermissionError):
        return False
    return True


def _note(home: Path, name: str, pid: int) -> None:
    notes = _notes(home)
    noted = json.loads(notes.read_text()) if notes.exists() else {}
    notes.write_text(json.dumps({**noted, name: pid}))


def _notes(home: Path) -> Path:
    return home / "processes.json"
