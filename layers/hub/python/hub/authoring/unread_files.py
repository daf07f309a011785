"""Files that look like a part of the strategy and are none: nobody would ever hear of what they say."""

from collections.abc import Iterator
from pathlib import Path

from hub.authoring.problems import A_SLIP, Problem, did_you_mean, nearest

READ_IN = {
    "segments": ".yaml",
    "journeys": ".yaml",
    "models": ".json",
    "templates": ".liquid",
    "tests": ".yaml",
}
"""Folder -> the ending of what is read in it."""
READ_AT_TOP = ("policy.yaml", "tracking_plan.yaml")
_LOOK_ALIKE = (".yaml", ".yml", ".json", ".liquid", ".html")
_OTHERS = ("schemas",)


def unread_files(directory: Path) -> Iterator[Problem]:
    for path in sorted(directory.rglob("*")):
        file = path.relative_to(directory)
        if path.suffix.lower() in _LOOK_ALIKE and not _is_no_part(file):
            told = _of_folder(file) if path.is_dir() else _of_file(file)
            yield from (Problem(file.as_posix(), 1, 1, "", message, advice) for message, advice in told)


def _is_no_part(file: Path) -> bool:
    return file.parts[0] in _OTHERS or any(part.startswith(".") for part in file.parts)


def _of_folder(file: Path) -> Iterator[tuple[str, str]]:
    yield "this is a folder, and not read", f"put its files one by one into {_home(file)}"


def _of_file(file: Path) -> Iterator[tuple[str, str]]:
    folder = file.parts[0] if file.parent.parts else ""
    ending = READ_IN.get(folder, ".yaml")
    if not folder:
        if file.name not in READ_AT_TOP:
            yield _at_top(file)
    elif folder not in READ_IN:
        near = did_you_mean(folder, READ_IN, otherwise=f"folders are {', '.join(READ_IN)}")
        yield f"files in {folder}/ are not read", near
    elif len(file.parts) > len((folder, file.name)):
        yield "files in a folder within a folder are not read", f"move it to {folder}/{file.name}"
    elif file.suffix != ending:
        advice = (
            f"rename it to {file.stem}{ending}"
            if _is_alike(file.suffix, ending)
            else f"{folder}/ holds {ending} files: write it as one"
        )
        yield f"files that end in {file.suffix} are not read", advice


def _at_top(file: Path) -> tuple[str, str]:
    near = nearest(file.name, READ_AT_TOP, likeness=A_SLIP)
    advice = f"did you mean '{near}'?" if near else f"move it to {_home(file)}, or out of the strategy"
    if file.suffix != ".yaml" and f"{file.stem}.yaml" in READ_AT_TOP:
        return f"files that end in {file.suffix} are not read", f"rename it to {file.stem}.yaml"
    return f"{file.name} is not read here", advice


def _home(file: Path) -> str:
    ending = file.suffix.lower().replace(".yml", ".yaml")
    return " or ".join(f"{folder}/" for folder, read in READ_IN.items() if read == ending) or "templates/"


def _is_alike(suffix: str, ending: str) -> bool:
    """Only the ending is wrong, and not what is in the file: JSON is YAML too."""
    return suffix.lower().replace(".yml", ".yaml") == ending or (suffix.lower(), ending) == (".json", ".yaml")
