"""Frozen records, made in a third of the time.

A frozen dataclass gives each field its value by `object.__setattr__`: for records, of which a document
has a hundred, that was a tenth of all that a collector does. What is made here is made unfrozen and
then called what it is; it is the same afterwards (tests/unit/measurements/schema/test_making.py).
"""

from collections.abc import Callable
from dataclasses import MISSING, dataclass, fields
from typing import Any, ParamSpec, TypeVar, cast

P = ParamSpec("P")
T = TypeVar("T")


def maker(cls: Callable[P, T]) -> Callable[P, T]:
    """Another constructor of a frozen dataclass with slots, without a `__post_init__` of its own."""

    def freeze(self: object) -> None:
        self.__class__ = cast(type[object], cls)

    body: dict[str, Any] = {"__annotations__": {}, "__post_init__": freeze}
    for field in fields(cast(Any, cls)):
        body["__annotations__"][field.name] = Any
        if field.default is not MISSING:
            body[field.name] = field.default
        elif field.default_factory is not MISSING:
            raise TypeError(f"{field.name}: a default that is made anew each time")
    name = getattr(cls, "__name__", "")
    return cast(Callable[P, T], dataclass(slots=True, kw_only=True)(type(name, (), body)))
