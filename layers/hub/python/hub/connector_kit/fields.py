"""An action's fields: checked when the strategy is, filled when a message leaves."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from pydantic import TypeAdapter, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from hub.connector_kit.rendering import (
    Document,
    Rendered,
    TemplateLike,
    look_up,
    render_template,
    render_value,
)

if TYPE_CHECKING:
    from hub.connector_kit.declaration import Action

A = TypeVar("A", bound="Action")

# What the kit itself says of a message; a strategy cannot overwrite it.
_OWN = ("message.", "enrollment.", "unsubscribe_url")


class NotFilled(Exception):
    """The action cannot be filled for this customer; withheld, not failed."""


class NoAddress(NotFilled):
    """The customer lacks what it needs."""


class NoTemplate(NotFilled):
    """A run of before outlives the templates it began with."""


class From:
    """Where in the document a field's value comes from: the first path that leads to something."""

    def __init__(self, *paths: str) -> None:
        self.paths = paths

    @property
    def own(self) -> bool:
        return self.paths[0].startswith(_OWN)

    def find(self, document: Document) -> Any:
        return next((found for path in self.paths if _there(found := look_up(document, path))), "")


def fill(
    action: type[A], params: Mapping[str, Any], document: Document, templates: Mapping[str, TemplateLike]
) -> A:
    values = {
        name: _value(name, field, params, document, templates) for name, field in action.model_fields.items()
    }
    given = {name: value for name, value in values.items() if _there(value)}
    try:
        return action.model_validate(given)
    except ValidationError as error:
        raise NoAddress(f"no address: {_what_is_missing(action, params, error)}") from None


def takes_of(action: type["Action"]) -> list[str]:
    """The fields that a strategy may write; the others the hub fills in itself."""
    return [name for name, field in action.model_fields.items() if not _is_own(field)]


def needs_of(action: type["Action"], params: Mapping[str, Any]) -> tuple[tuple[str, ...], ...]:
    sources = (
        _source(field)
        for name, field in action.model_fields.items()
        if name not in params and field.is_required() and not _is_own(field)
    )
    return tuple(source.paths for source in sources if source)


def check_params(action: type["Action"], params: Mapping[str, Any]) -> list[str]:
    takes = {name: action.model_fields[name] for name in takes_of(action)}
    unknown = [f"has no field {name!r}; it takes {', '.join(takes)}" for name in params if name not in takes]
    missing = [
        f"needs {name!r}"
        for name, field in takes.items()
        if name not in params and field.is_required() and not _source(field)
    ]
    wrong = [
        problem for name in params if name in takes for problem in _check_value(action, name, params[name])
    ]
    return unknown + missing + wrong


def template_names(action: type["Action"], params: Mapping[str, Any]) -> list[str]:
    return [
        str(params[name])
        for name, field in action.model_fields.items()
        if name in params and _is_template(field)
    ]


def _value(
    name: str,
    field: FieldInfo,
    params: Mapping[str, Any],
    document: Document,
    templates: Mapping[str, TemplateLike],
) -> Any:
    source = _source(field)
    if name not in params or _is_own(field):
        return source.find(document) if source else ""
    if _is_template(field):
        return _render(params[name], document, templates)
    return render_value(params[name], document)


def _render(name: str, document: Document, templates: Mapping[str, TemplateLike]) -> Rendered:
    if name not in templates:
        raise NoTemplate(f"no template: {name}")
    return render_template(templates[name], document)


def _check_value(action: type["Action"], name: str, value: Any) -> list[str]:
    field = action.model_fields[name]
    if _is_template(field):
        return [] if isinstance(value, str) else [f"{name}: write the name of a template, not {value!r}"]
    if "{{" in str(value) or "{%" in str(value):
        names_level = name == getattr(action, "level_field", "")
        return [f"{name}: write it out, it says which level this is"] if names_level else []
    try:
        TypeAdapter(cast(Any, field.annotation)).validate_python(value)
    except ValidationError as error:
        return [f"{name}: {problem['msg']}, not {problem['input']!r}" for problem in error.errors()]
    return []


def _what_is_missing(action: type["Action"], params: Mapping[str, Any], error: ValidationError) -> str:
    """Names fields and paths, never values: this text is stored and logged."""
    return ", ".join(sorted({_tell(action, params, problem) for problem in error.errors()}))


def _tell(action: type["Action"], params: Mapping[str, Any], problem: ErrorDetails) -> str:
    """A field that the journey gives itself is not looked for anywhere else."""
    if not problem["loc"]:
        return str(problem.get("ctx", {}).get("error", problem["type"]))
    name = str(problem["loc"][0])
    source = _source(action.model_fields[name]) if name in action.model_fields.keys() - params else None
    return f"{name} ({source.paths[0]})" if source else name


def _source(field: FieldInfo) -> From | None:
    return next((one for one in field.metadata if isinstance(one, From)), None)


def _is_own(field: FieldInfo) -> bool:
    source = _source(field)
    return source is not None and source.own


def _is_template(field: FieldInfo) -> bool:
    return field.annotation in (Rendered, Rendered | None)


def _there(value: Any) -> bool:
    return value not in ("", None)
