"""Options and arguments of commands: texts for the parser, converted here by the kind each is annotated with."""

from __future__ import annotations

import copy
import inspect
from collections.abc import Callable, Mapping
from types import NoneType
from typing import Annotated, Any, get_args, get_origin

import typer

from lake.errors import UsageError
from lake.kinds import Kind, Listed

Given = dict[str, str]
"""Parameters given on the command line, with what the user knows each by: `--view`, or DATASET."""


def kinds_of(function: Callable[..., Any]) -> dict[str, Kind]:
    """The kind of every parameter of a command that is no flag.

    Raises TypeError for a parameter that is neither.
    """
    found = {}
    for name, parameter in inspect.signature(function, eval_str=True).parameters.items():
        kind = next((extra for extra in _extras(parameter.annotation) if isinstance(extra, Kind)), None)
        if kind is not None:
            found[name] = kind
        elif any(_is_parameter(extra) for extra in _extras(parameter.annotation)) and _plain(parameter) is not bool:
            raise TypeError(f"{name} of {function.__module__} says of no kind what it accepts.")
    return found


def as_texts(parameter: inspect.Parameter) -> inspect.Parameter:
    """A parameter as the parser is given it: text, several texts, or a flag."""
    info = next((extra for extra in _extras(parameter.annotation) if _is_parameter(extra)), None)
    plain = _plain(parameter)
    if info is None or plain is bool:
        return parameter
    kind = next((extra for extra in _extras(parameter.annotation) if isinstance(extra, Kind)), None)
    if kind is not None and kind.limits:
        info = copy.copy(info)
        info.help = f"{info.help.rstrip('.')}; {kind.limits}."
    text: Any = list[str] if get_origin(plain) is list else str
    if parameter.default is None:
        return parameter.replace(annotation=Annotated[text | None, info])
    default = parameter.default if parameter.default is parameter.empty else str(parameter.default)
    return parameter.replace(annotation=Annotated[text, info], default=default)


def read(context: typer.Context, function: Callable[..., Any], raw: Mapping[str, Any]) -> tuple[dict[str, Any], Given]:
    """The values of parameters, and which of them were given; those left out have the function's own defaults.

    Raises BadParameter, naming the parameter and what it accepts.
    """
    kinds, declared = kinds_of(function), inspect.signature(function).parameters
    values, given = {}, {}
    known = {parameter.name: parameter for parameter in context.command.params}
    for name, value in raw.items():
        source = context.get_parameter_source(name)
        if source is None or source.name != "COMMANDLINE":
            values[name] = declared[name].default if name in declared else value
            continue
        parameter = known[name]
        given[name] = parameter.opts[0] if parameter.param_type_name == "option" else str(parameter.metavar)
        values[name] = value if name not in kinds else _converted(context, parameter, kinds[name], value)
    return values, given


def _converted(context: typer.Context, parameter: Any, kind: Kind, value: Any) -> Any:
    try:
        if not isinstance(value, (list, tuple)):
            return kind(value)
        each = [kind(item) for item in value]
        return [part for parts in each for part in parts] if isinstance(kind, Listed) else each
    except UsageError as error:
        text = f"{error.message} {error.hint}".strip()
        raise typer.BadParameter(text, ctx=context, param=parameter) from None


def named(error: UsageError, values: Mapping[str, Any], given: Given) -> UsageError:
    """The error, its message naming the option that gave the value it is about."""
    for name, flag in given.items():
        value = values[name]
        held = [str(part) for part in (value if isinstance(value, (list, tuple)) else (value,))]
        if flag.startswith("-") and flag not in error.message and error.given in held:
            error.message = f"{error.message.rstrip('.')} ({flag})."
    return error


def refuse(given: Given, names: tuple[str, ...], beside: str, hint: str = "") -> None:
    """Refuse options that would have no effect.

    Raises UsageError naming the first.
    """
    for name in names:
        if name in given:
            raise UsageError(f"{given[name]} has no effect with {beside}.", hint=hint or f"Leave {given[name]} out.")


def _extras(annotation: Any) -> tuple[Any, ...]:
    return get_args(annotation)[1:] if get_origin(annotation) is Annotated else ()


def _plain(parameter: inspect.Parameter) -> Any:
    """The type of a parameter, without annotations and None."""
    plain = get_args(parameter.annotation)[0] if _extras(parameter.annotation) else parameter.annotation
    without = [part for part in get_args(plain) if part is not NoneType]
    return without[0] if NoneType in get_args(plain) and len(without) == 1 else plain


def _is_parameter(extra: Any) -> bool:
    return isinstance(extra, typer.models.ParameterInfo)
