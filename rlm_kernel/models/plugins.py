"""Models of other packages: found by entry points of the group `rlm_kernel.models`, made from names like `NAME/...`.

An entry point's name is the part of a model's name before the first slash; what it refers to is a `ModelFactory`.
Importing this module loads no other package: an entry point is loaded when a model is asked of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib.metadata import EntryPoint, entry_points
from typing import Any, Protocol

from .base import AdaptedModel, Model, ModelError, ModelLike

GROUP = "rlm_kernel.models"


class ModelFactory(Protocol):
    """What an entry point refers to: a function or a class."""

    def __call__(self, name: str, *, api_key: str | None = None, context_window: int | None = None) -> Model:
        """The model that is called `name` (what follows the slash, perhaps nothing).

        `api_key` and `context_window` are passed where the user has set them. Nothing should be started and no network
        be used before the first `stream`. Raises `ModelError` for a name that there is not.
        """
        ...


@dataclass(frozen=True, slots=True)
class InstalledModels:
    """An entry point as `rlm doctor` lists it: names that begin with `prefix`, by `package`; `fault` says why it cannot
    be loaded, None where it can."""

    prefix: str
    package: str
    fault: str | None


def find(name: str) -> EntryPoint | None:
    """The entry point for a model's name; None where no package offers that name."""
    prefix, slash, _ = name.partition("/")
    return next(iter(entry_points(group=GROUP, name=prefix)), None) if slash and prefix else None


def create(entry: EntryPoint, name: str, *, api_key: str | None = None, context_window: int | None = None) -> Model:
    """The model `name` (`NAME/...`) by its entry point. Raises ModelError, which names the package."""
    settings: dict[str, Any] = {"api_key": api_key, "context_window": context_window}
    try:
        model = _load(entry)(
            name.partition("/")[2], **{key: value for key, value in settings.items() if value is not None}
        )
    except ModelError:
        raise
    except Exception as error:
        reason = f"{type(error).__name__}: {error}"
        reason = reason.replace(api_key, "[redacted]") if api_key else reason
        raise ModelError(f"The model {name!r} of {_package(entry)} cannot be made: {reason}", kind="missing") from None
    if isinstance(model, Model):
        return model
    if isinstance(model, ModelLike):
        return AdaptedModel(model)
    raise ModelError(
        f"{_package(entry)} gives no model for {name!r} but {type(model).__name__}: report it to its authors.",
        kind="missing",
    )


def installed() -> list[InstalledModels]:
    """Every entry point of the group, by name. Loads each of them."""
    found = []
    for entry in sorted(entry_points(group=GROUP), key=lambda entry: entry.name):
        try:
            _load(entry)
            fault = None
        except ModelError as error:
            fault = str(error)
        found.append(InstalledModels(f"{entry.name}/", _package(entry), fault))
    return found


def _load(entry: EntryPoint) -> Any:
    try:
        factory = entry.load()
    except Exception as error:
        raise ModelError(
            f"The models {entry.name}/... of {_package(entry)} cannot be loaded ({type(error).__name__}: {error}): "
            "mend or uninstall that package.",
            kind="missing",
        ) from None
    if not callable(factory):
        raise ModelError(f"{entry.value} of {_package(entry)} makes no models: it is no callable.", kind="missing")
    return factory


def _package(entry: EntryPoint) -> str:
    """The package and its version, as far as they are known."""
    return f"{entry.dist.name} {entry.dist.version}" if entry.dist is not None else entry.module
