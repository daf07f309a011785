"""What the tracking plan says of a dotted path: products.0.sku."""

from collections.abc import Iterable, Sequence

from hub.strategy.tracking_plan import Shape


def below(shapes: Iterable[Shape], part: str) -> list[Shape]:
    """Of what stands at a name, or at a place in a list."""
    found = (
        shape.items if shape.items and part.isdecimal() else shape.properties.get(part) for shape in shapes
    )
    return [shape for shape in found if shape is not None]


def is_number(shape: Shape | None, path: str) -> bool:
    shapes = [shape] if shape else []
    for part in path.split("."):
        shapes = below(shapes, part)
    return any({"number", "integer"} & set(_types(shape)) for shape in shapes)


def _types(shape: Shape) -> Sequence[str]:
    return (shape.type,) if isinstance(shape.type, str) else shape.type or ()
