"""What works on this machine: isolation, model, notebook parts. Each line is a fact that was just looked up."""

from __future__ import annotations

import functools
import importlib.util
import json
import os
import platform
import sys
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..engine.blocking import run_blocking
from ..engine.settings import all_settings
from ..trace import isolation_text

if TYPE_CHECKING:
    from .rlm import RLM


async def _isolation(host: str | None, key: str | None) -> str:
    from ..engine.factory import sub_kernel_type
    from ..subkernel import IsolationError

    try:
        async with sub_kernel_type(host, key)("probe", allow_weak_isolation=True) as sub:
            done = await sub.execute("print(len(context))")
            if done.output != "5\n":
                return f"BROKEN: a cell printed {done.output!r}, {done.error}"
            return isolation_text(sub.isolation)
    except (IsolationError, OSError, ValueError) as error:
        return f"BROKEN: {error}"


def isolation(host: str | None = None, key: str | None = None) -> str:
    """The layers that a sub-kernel reports, in one line, on this machine or on a sub-kernel host with its key; takes
    the time of one start."""
    return run_blocking(functools.partial(_isolation, host, key))


def describe(rlm: RLM) -> dict[str, Any]:
    """What a user wants to see of the settings: the model, the isolation that this machine offers, the limits."""
    from ..engine.factory import model_of
    from ..models import ModelError

    try:
        model: Any = model_of(rlm, rlm.model).name
    except ModelError as error:
        model = f"none: {error}"
    limits = {
        setting.name: getattr(rlm, setting.name)
        for setting in all_settings()
        if setting.config and setting.section in ("Limits", "Sandbox")
    }
    found = isolation(rlm.subkernel_host, rlm.subkernel_key)
    return {"model": model, "sub_model": rlm.sub_model or "the same", "isolation": found, **limits}


def _place(profile: str | None) -> tuple[str | None, str | None]:
    """The sub-kernel host and the key that count; none where the settings cannot be read, as other lines say."""
    from .rlm import RLM

    try:
        settings = RLM(profile=profile)
    except ValueError:
        return None, None
    return settings.subkernel_host, settings.subkernel_key


def _model(profile: str | None) -> tuple[bool, str]:
    from ..engine.factory import model_of
    from ..models import ModelError, OpenAICompatible, Recorded
    from ..models.local.model import LocalModel
    from .rlm import RLM

    try:
        settings = RLM(profile=profile)
        model = model_of(settings, settings.model, settings.context_window)
    except (ModelError, ValueError) as error:
        return False, str(error)
    if isinstance(model, OpenAICompatible):
        return True, f"{model.name} (not asked: no request is made by this command), at {model.base_url}"
    if isinstance(model, Recorded):
        return True, f"{model.name}: {'; '.join(model.notices)}"
    if not isinstance(model, LocalModel):
        return True, f"{model.name} (not asked: no request is made by this command)"
    return _weights(model.name.partition(":")[2])


def _weights(variant: str) -> tuple[bool, str]:
    """`variant`: what follows `local:` in the model's name."""
    from ..models import ModelError
    from ..models.local import weights

    try:
        if variant and variant not in weights.WEIGHTS:
            return True, f"embedded, {weights.check_gguf(Path(variant).expanduser(), 'the model')} as it is"
        found = weights.find(variant or weights.DEFAULT)
    except ModelError as error:
        return False, str(error)
    if found is None:
        option = f" --weights {variant}" if variant not in ("", weights.DEFAULT) else ""
        return False, f"embedded, weights missing: run `rlm fetch{option}` once"
    if found.parent != weights.models_dir():
        return True, f"embedded, {found} (RLM_LOCAL_MODEL) as it is"
    return True, "embedded, weights verified"


def _installed(package: str) -> str | None:
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version(package)
    except PackageNotFoundError:
        return None


def _jupyter() -> list[tuple[str, bool, str]]:
    """What Jupyter finds of ours: the kernel, and the extension of its front ends."""
    from jupyter_core.paths import jupyter_config_path, jupyter_path

    again = "missing: install the package again with pip"
    kernel = next(
        (path for path in map(Path, jupyter_path("kernels", "rlm")) if (path / "kernel.json").is_file()), None
    )
    folders = map(Path, jupyter_path("labextensions", "rlm-kernel"))
    extension = next((path for path in folders if (path / "package.json").is_file()), None)
    settings = [Path(folder) / "labconfig" / "page_config.json" for folder in jupyter_config_path()]
    off = extension is not None and any(map(_switched_off, settings))
    found = f"disabled in {extension}: jupyter labextension enable rlm-kernel" if off else str(extension or again)
    return [
        ("kernelspec", kernel is not None, str(kernel or again)),
        ("labextension", extension is not None and not off, found),
    ]


def _switched_off(page_config: Path) -> bool:
    try:
        disabled = json.loads(page_config.read_text(encoding="utf-8")).get("disabledExtensions", {})
    except (OSError, ValueError, AttributeError):
        return False
    return bool(disabled.get("rlm-kernel")) if isinstance(disabled, dict) else "rlm-kernel" in disabled


def _profile(name: str | None) -> tuple[bool, str]:
    """The profile that counts and why; those that there are."""
    from ..engine.profiles import FILE, chosen_profile, folder_file, profile_files, user_file

    try:
        files, chosen = profile_files(), chosen_profile(name)
    except ValueError as error:
        return False, str(error)
    others = [
        f"{each} ({'./' + FILE if one.file == folder_file() else one.file})"
        for one in files
        for each in one.profiles
        if chosen is None or (each, one.file) != (chosen.name, chosen.file)
    ]
    more = f"; not in use: {', '.join(others)}" if others else ""
    if chosen is None:
        return True, f"none in use{more}" if others else f"none ({user_file()}, ./{FILE}): `rlm init` writes one"
    variable = chosen.settings.get("api_key_env")
    key = "" if not variable else f", key in {variable} ({'set' if os.environ.get(variable) else 'NOT SET'})"
    ok = not variable or bool(os.environ.get(variable))
    return ok, f"{chosen.name}, {chosen.reason}, of {chosen.file}{key}{more}"


def _configuration() -> tuple[bool, str]:
    from ..engine.config_files import NAME, config_files, file_config

    try:
        file_config()
    except ValueError as error:
        return False, str(error)
    files = ", ".join(map(str, config_files()))
    return True, files or f"no {NAME}.py or .json in Jupyter's configuration folders (`rlm config` prints one)"


def _platform() -> str:
    return f"{version('rlm-kernel')}, Python {platform.python_version()}, {sys.platform} {platform.machine()}"


def checks(profile: str | None = None) -> list[tuple[str, bool, str]]:
    """(what, whether it works, details), one a line of the report."""
    from ..models import plugins

    text = isolation(*_place(profile))
    good, words = _model(profile)
    rows: list[tuple[str, bool, str]] = [
        (
            "rlm-kernel",
            True,
            _platform(),
        ),
        ("isolation", "BROKEN" not in text and "WEAK" not in text, text),
        ("model", good, words),
        ("profile", *_profile(profile)),
        ("configuration", *_configuration()),
    ]
    rows += [
        (f"models {one.prefix}...", one.fault is None, one.fault or f"of the package {one.package}")
        for one in plugins.installed()
    ]
    for package, why in (
        ("ipykernel", "the notebook"),
        ("ipywidgets", "live iterations"),
        ("RestrictedPython", "the policy"),
        ("openai", "endpoints"),
    ):
        found = _installed(package)
        rows.append((package, found is not None, found or f"missing, needed for {why}: pip install {package}"))
    embedded = importlib.util.find_spec("xllamacpp") is not None
    rows.append(("embedded engine", embedded, "installed" if embedded else "missing: pip install 'rlm-kernel[local]'"))
    return rows + _jupyter()


def report(profile: str | None = None) -> list[str]:
    """The report's lines."""
    return [f"{'ok ' if good else 'NO '} {what:18} {words}" for what, good, words in checks(profile)]


def as_dict(profile: str | None = None) -> dict[str, Any]:
    """The report for programs."""
    return {what: {"ok": good, "details": words} for what, good, words in checks(profile)}
