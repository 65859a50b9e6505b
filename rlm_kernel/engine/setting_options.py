"""Command-line options of settings, made from their traits: for `rlm ask`, `rlm compare`, `rlm mcp` and `%%rlm`."""

from __future__ import annotations

import argparse
import json
import math
import os
from collections.abc import Callable, Collection, Mapping
from typing import Any

from traitlets import Bool, CaselessStrEnum, Dict, Float, Int, List, Union

from .settings import Setting, Settings, all_settings


def add_setting_options(parser: argparse._ActionsContainer, *, leave_out: Collection[str] = ()) -> None:
    """Add the option of every setting that has one, but for those named in `leave_out`."""
    for setting in all_settings():
        if setting.flags and setting.name not in leave_out:
            parser.add_argument(*setting.flags, help=_help(setting), **_kind(setting))


def add_reading_options(parser: argparse._ActionsContainer, *, value: str = "TEXT") -> None:
    """Add the options that say how files are read; `value` is what the help calls the value of `--password`."""
    add = parser.add_argument
    add("--encoding", metavar="NAME", help="of all files that are not converted (default: told from their bytes)")
    add("--errors", metavar="HOW", help="what to do with bytes that are not of the encoding: replace, ignore or strict")
    add("--password", metavar=value, help="of protected PDF and ZIP files; it is kept nowhere")


def reading_options(options: argparse.Namespace) -> dict[str, str | None]:
    """How files are to be read, as `Document.of` takes it."""
    return {name: getattr(options, name, None) for name in ("encoding", "errors", "password")}


def chosen_settings(options: argparse.Namespace) -> dict[str, Any]:
    """The settings that were given on a command line. Raises ValueError where the key's variable is not set."""
    values = {
        setting.name: value
        for setting in all_settings()
        if setting.flags and (value := getattr(options, setting.name, None)) is not None
    }
    if (variable := values.get("api_key_env")) and not os.environ.get(variable):
        raise ValueError(f"--api-key-env {variable}: that environment variable is not set.")
    return values


def as_arguments(options: argparse.Namespace) -> list[str]:
    """The arguments that give another process the same settings."""
    arguments: list[str] = []
    for setting in all_settings():
        value = getattr(options, setting.name, None) if setting.flags else None
        if value is None or value is False:
            continue
        flag = setting.flags[-1]
        if setting.name == "extra_body":
            arguments += [flag, json.dumps(value)]
        elif setting.name == "extra_headers":
            arguments += [part for name, text in value.items() for part in (flag, f"{name}={text}")]
        elif setting.name == "prices":
            arguments += [part for model, price in value.items() for part in (flag, _price_argument(model, price))]
        elif isinstance(value, list):
            arguments += [flag, ",".join(value)]
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


def _help(setting: Setting) -> str:
    default = "" if setting.default in (None, {}, [], False) else f" Default: {setting.default}."
    return f"{setting.help}{default}".replace("%", "%%")


def _kind(setting: Setting) -> dict[str, Any]:
    trait, kind = setting.trait, {"dest": setting.name, "metavar": setting.metavar}
    if isinstance(trait, Bool):
        return {"dest": kind["dest"], "action": "store_true", "default": None}
    if isinstance(trait, CaselessStrEnum):
        return kind | {"choices": trait.values}
    if isinstance(trait, Dict):
        return kind | {"action": _DICTIONARIES[setting.name]}
    if isinstance(trait, List):
        return kind | {"type": _names}
    if isinstance(trait, Int | Float):
        return kind | {"type": number(int if isinstance(trait, Int) else float, trait.min)}
    if isinstance(trait, Union) and any(isinstance(each, Bool) for each in trait.trait_types):
        return kind | {"nargs": "?", "const": True}
    return kind


def _names(text: str) -> list[str]:
    return [name for part in text.split(",") if (name := part.strip())]


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
    """Collects MODEL=IN,OUT[,CACHED[,BATCH]]."""

    def __call__(self, parser: argparse.ArgumentParser, namespace: Any, values: Any, option: str | None = None) -> None:
        model, mark, figures = str(values).rpartition("=")
        try:
            numbers = [float(figure) for figure in figures.split(",")]
        except ValueError:
            numbers = []
        if not (model and mark and len(numbers) in (2, 3, 4) and all(math.isfinite(n) and n >= 0 for n in numbers)):
            parser.error(
                f"argument {option}: {values!r} is not like qwen3:32b=0.25,1.0 (per million tokens, in and out)"
            )
        prices: Mapping[str, Any] = getattr(namespace, self.dest) or {}
        price = dict(zip(("input", "output", "cached", "batch"), numbers, strict=False))
        setattr(namespace, self.dest, {**prices, model: price})


class _Headers(argparse.Action):
    """Collects NAME=VALUE."""

    def __call__(self, parser: argparse.ArgumentParser, namespace: Any, values: Any, option: str | None = None) -> None:
        from ..models.keys import secret_headers

        name, mark, value = (part.strip() for part in str(values).partition("="))
        if not (name and mark):
            parser.error(f"argument {option}: {name!r} is not like X-Team=research or X-Token=$NAME_OF_A_VARIABLE")
        if name in secret_headers({name: value}) and not value.startswith("$"):
            # Other users of the machine can read command lines.
            parser.error(f"argument {option}: put the value of {name} into a variable, and write {name}=$VARIABLE")
        headers: Mapping[str, Any] = getattr(namespace, self.dest) or {}
        setattr(namespace, self.dest, {**headers, name: value})


class _Object(argparse.Action):
    """Takes a JSON object."""

    def __call__(self, parser: argparse.ArgumentParser, namespace: Any, values: Any, option: str | None = None) -> None:
        try:
            value = json.loads(str(values))
        except ValueError:
            value = None
        if not isinstance(value, dict):
            parser.error(f"argument {option}: {values!r} is no JSON object such as '{{\"top_p\": 0.9}}'")
        setattr(namespace, self.dest, value)


_DICTIONARIES = {"prices": _Prices, "extra_headers": _Headers, "extra_body": _Object}


def _price_argument(model: str, price: Mapping[str, float]) -> str:
    if "batch" in price:
        price = {"cached": price["input"], **price}
    return f"{model}={','.join(str(price[part]) for part in ('input', 'output', 'cached', 'batch') if part in price)}"


def config_template() -> str:
    """A configuration file with every setting as a comment, as `jupyter --generate-config` writes them."""
    section = Settings.class_config_section().replace("c.Settings.", "c.RLM.")
    heading = "# Configuration of rlm-kernel. Uncomment what you change; an argument or option goes before it.\n"
    return f"{heading}\nc = get_config()  # noqa\n\n{section}"
