"""Command-line options of settings, made from their traits: for `rlm ask`, `rlm compare`, `rlm mcp` and `%%rlm`."""

from __future__ import annotations

import argparse
import math
import os
from collections.abc import Callable, Collection, Mapping
from typing import Any

from traitlets import Bool, CaselessStrEnum, Dict, Float, Int, Union

from .settings import Setting, all_settings

KEY_OPTION = "api_key_env"
"""Where a parser puts the name of the variable that holds the key: a key itself never stands on a command line."""


def add_setting_options(parser: argparse._ActionsContainer, *, leave_out: Collection[str] = ()) -> None:
    """Add the option of every setting that has one, but for those named in `leave_out`."""
    for setting in all_settings():
        if setting.flags and setting.name not in leave_out:
            parser.add_argument(*setting.flags, help=_help(setting), **_kind(setting))


def chosen_settings(options: argparse.Namespace) -> dict[str, Any]:
    """The settings that were given on a command line. Raises ValueError where the key's variable is not set."""
    values = {
        setting.name: value
        for setting in all_settings()
        if setting.flags and (value := getattr(options, _destination(setting), None)) is not None
    }
    if (variable := values.pop("api_key", None)) is not None:
        if not os.environ.get(variable):
            raise ValueError(f"--api-key-env {variable}: that environment variable is not set.")
        values["api_key"] = os.environ[variable]
    return values


def as_arguments(options: argparse.Namespace) -> list[str]:
    """The arguments that give another process the same settings."""
    arguments: list[str] = []
    for setting in all_settings():
        value = getattr(options, _destination(setting), None) if setting.flags else None
        if value is None or value is False:
            continue
        flag = setting.flags[-1]
        if setting.name == "prices":
            arguments += [part for model, price in value.items() for part in (flag, _price_argument(model, price))]
        else:
            arguments += [flag] if value is True else [flag, str(value)]
    return arguments


def settings_table() -> str:
    """All settings as Markdown tables, one for each section: docs/settings.md holds them."""
    lines: list[str] = []
    for section in dict.fromkeys(setting.section for setting in all_settings()):
        lines += [f"## {section}", "", "| Setting | Option | Default | Unit | Meaning |", "|---|---|---|---|---|"]
        for setting in all_settings():
            if setting.section == section:
                option = ", ".join(f"`{flag}`" for flag in setting.flags) or "Python only"
                lines.append(f"| `{setting.name}` | {option} | {_default(setting)} | {setting.unit} | {setting.help} |")
        lines.append("")
    return "\n".join(line.replace("MODEL=IN,OUT[,CACHED]", "`MODEL=IN,OUT[,CACHED]`") for line in lines)


def _default(setting: Setting) -> str:
    return "none" if setting.default in (None, {}, []) else f"`{setting.default}`"


def _destination(setting: Setting) -> str:
    return KEY_OPTION if setting.name == "api_key" else setting.name


def _help(setting: Setting) -> str:
    default = "" if setting.default in (None, {}, False) else f" Default: {setting.default}."
    return f"{setting.help}{default}".replace("%", "%%")


def _kind(setting: Setting) -> dict[str, Any]:
    trait, kind = setting.trait, {"dest": _destination(setting), "metavar": setting.metavar}
    if isinstance(trait, Bool):
        return {"dest": kind["dest"], "action": "store_true", "default": None}
    if isinstance(trait, CaselessStrEnum):
        return kind | {"choices": trait.values}
    if isinstance(trait, Dict):
        return kind | {"action": _Prices}
    if isinstance(trait, Int | Float):
        return kind | {"type": number(int if isinstance(trait, Int) else float, trait.min)}
    if isinstance(trait, Union) and any(isinstance(each, Bool) for each in trait.trait_types):
        return kind | {"nargs": "?", "const": True}
    return kind


def number(kind: type[int] | type[float], least: float | None = None) -> Callable[[str], float]:
    """A parser of numbers for argparse, whose errors say what is wanted."""

    def parse(text: str) -> float:
        what = "a whole number" if kind is int else "a number"
        try:
            value = kind(text)
        except ValueError:
            raise argparse.ArgumentTypeError(f"{text!r} is not {what}") from None
        if not math.isfinite(value) or (least is not None and value < least):
            raise argparse.ArgumentTypeError(f"{text!r} is not {what} from {least:g} on")
        return value

    return parse


class _Prices(argparse.Action):
    """Collects MODEL=IN,OUT[,CACHED]."""

    def __call__(self, parser: argparse.ArgumentParser, namespace: Any, values: Any, option: str | None = None) -> None:
        model, mark, figures = str(values).rpartition("=")
        try:
            numbers = [float(figure) for figure in figures.split(",")]
        except ValueError:
            numbers = []
        if not (model and mark and len(numbers) in (2, 3) and all(math.isfinite(n) and n >= 0 for n in numbers)):
            parser.error(
                f"argument {option}: {values!r} is not like qwen3:32b=0.25,1.0 (per million tokens, in and out)"
            )
        prices: Mapping[str, Any] = getattr(namespace, self.dest) or {}
        price = dict(zip(("input", "output", "cached"), numbers, strict=False))
        setattr(namespace, self.dest, {**prices, model: price})


def _price_argument(model: str, price: Mapping[str, float]) -> str:
    return f"{model}={','.join(str(price[part]) for part in ('input', 'output', 'cached') if part in price)}"
