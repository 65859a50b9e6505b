"""Settings: every setting of the engine once, with its default, unit, help, and option on command lines.

The parsers of `rlm` and `%%rlm`, `%settings`, the configuration file, the key of a comparison and docs/settings.md are
generated from here. It starts nothing.
"""

from __future__ import annotations

import dataclasses
import functools
import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NoReturn, Self, SupportsIndex, Unpack

from traitlets import Any as AnyTrait
from traitlets import Bool, CaselessStrEnum, Dict, Float, Int, List, TraitError, TraitType, Unicode, Union, observe
from traitlets.config import Configurable

from .config_files import file_config
from .profiles import Profile, chosen_profile
from .setting_types import EngineSettings

if TYPE_CHECKING:
    from ..models.base import Model, ModelLike
    from .prices import Prices


class _Key(Unicode[Any, Any]):
    """A trait whose errors do not show its value, and whose value is in no pickle and no repr."""

    def validate(self, obj: Any, value: Any) -> Any:
        value = super().validate(obj, value)
        # Not at the top: the options of a command line are made from this module, and need no model.
        from ..models.keys import Key

        return None if value is None else Key(value)

    def error(self, obj: Any, value: Any, error: Any = None, info: Any = None) -> NoReturn:  # noqa: ARG002
        raise TraitError(f"api_key must be a str, not {type(value).__name__}.")


class Settings(Configurable):
    """The settings of an engine: each an argument, an option, and a line of a configuration file."""

    # Tags of a trait. `config`: whether a configuration file may set it. `option`: its flags on a command line, and
    # `metavar` what follows them. `unit`: of its value. `section`: where it stands in lists. `answer=False`: an answer
    # does not depend on it, so that a comparison need not run again where it differs.

    model = AnyTrait(
        None,
        allow_none=True,
        help="The root model: a name, 'local', 'recorded:FILE', or (in Python) a Model. Default: RLM_MODEL.",
    ).tag(config=True, option="-m --model", metavar="MODEL", section="Model")
    base_url = Unicode(None, allow_none=True, help="The OpenAI-compatible endpoint. Default: OPENAI_BASE_URL.").tag(
        config=True, option="--base-url", metavar="URL", section="Model"
    )
    api_key = _Key(
        None,
        allow_none=True,
        help="The endpoint's key. Better to name the variable that holds it, with `api_key_env`.",
    ).tag(config=True, section="Model", answer=False)
    api_key_env = Unicode(
        None,
        allow_none=True,
        help="The environment variable that holds the endpoint's key. Default: OPENAI_API_KEY; empty: no key is sent.",
    ).tag(config=True, option="--api-key-env", metavar="NAME", section="Model", answer=False)
    extra_headers: Dict[str, str] = Dict(
        key_trait=Unicode(),
        value_trait=Unicode(),
        help="Headers of every request, such as those that a gateway wants; a value $NAME is that of an environment "
        "variable.",
    ).tag(config=True, option="--header", metavar="NAME=VALUE", section="Model")
    extra_body: Dict[str, Any] = Dict(
        help="What is added to the body of every request, as JSON: {'options': {'num_ctx': 16384}}, say."
    ).tag(config=True, option="--extra-body", metavar="JSON", section="Model")
    sub_model = AnyTrait(None, allow_none=True, help="The model that llm_query asks. Default: the root model.").tag(
        config=True, option="--sub-model", metavar="MODEL", section="Model"
    )
    context_window = Int(
        None, allow_none=True, min=256, help="Tokens that the root model takes. Default: as its endpoint tells."
    ).tag(config=True, option="--context-window", metavar="N", unit="tokens", section="Model")
    sub_context_window = Int(
        None, allow_none=True, min=256, help="Tokens that the sub-model takes. Default: as its endpoint tells."
    ).tag(config=True, option="--sub-context-window", metavar="N", unit="tokens", section="Model")
    profile = Unicode(
        None,
        allow_none=True,
        help="A named endpoint of rlm.toml, with its settings; none: not even the default. Default: RLM_PROFILE, else "
        "the default of the user's file.",
    ).tag(config=True, option="--profile", metavar="NAME", section="Model", answer=False)
    examples = CaselessStrEnum(
        ["auto", "on", "off"], "auto", help="Worked examples in the prompt; auto: for small models."
    ).tag(config=True, option="--examples", metavar="WHEN", section="Model")
    dialect = CaselessStrEnum(
        ["auto", "own", "rlm"],
        "auto",
        help="Whose names and habits the prompt has: ours, or those of the loop that rlm-* models were trained for; "
        "auto: by the model's name.",
    ).tag(config=True, option="--dialect", metavar="WHOSE", section="Model")
    temperature = Float(None, allow_none=True, min=0.0, help="Sampling temperature. Default: the model's own.").tag(
        config=True, option="--temperature", metavar="X", section="Model"
    )
    seed = Int(None, allow_none=True, help="Sampling seed, where the endpoint takes one.").tag(
        config=True, option="--seed", metavar="N", section="Model"
    )
    answer_type = AnyTrait(
        None, allow_none=True, help="What the answer must be: a JSON type, or (in Python) a pydantic model."
    ).tag(section="Model", answer=False)
    tools: List[Any] = List(help="Functions of the user's own that the code can call; they run in this process.").tag(
        section="Model", answer=False
    )

    verify = Unicode(
        None,
        allow_none=True,
        help="Solve the question again without sight of the first solve and compare: 'second', or 'votes:K' for K "
        "solves in all; a disputed answer is marked or withheld.",
    ).tag(config=True, option="--verify", metavar="HOW", section="Trust")
    verify_model = AnyTrait(
        None, allow_none=True, help="The model of the further solves. Default: the root model, with another seed."
    ).tag(config=True, option="--verify-model", metavar="MODEL", section="Trust")
    min_confidence = Float(
        None,
        allow_none=True,
        min=0.0,
        max=1.0,
        help="Withhold an answer whose confidence is lower. Default: none is withheld.",
    ).tag(config=True, option="--min-confidence", metavar="X", unit="score, 0 to 1", section="Trust")
    check_model = AnyTrait(
        None, allow_none=True, help="A stronger model that checks some of the labels that label() gave. Default: none."
    ).tag(config=True, option="--check-model", metavar="MODEL", section="Trust")
    label_checks = Int(100, min=1, help="Labels of one label() that are checked, at most.").tag(
        config=True, option="--label-checks", metavar="N", unit="labels", section="Trust"
    )

    max_iterations = Int(10, min=1, help="Iterations of the root model, at most.").tag(
        config=True, option="-n --max-iterations", metavar="N", unit="iterations", section="Limits"
    )
    max_depth = Int(10, min=0, help="Levels of sub-runs, at most.").tag(
        config=True, option="--max-depth --depth", metavar="N", unit="levels", section="Limits"
    )
    max_errors = Int(
        5, allow_none=True, min=1, help="Iterations in a row that may end in an error; None (in Python): no limit."
    ).tag(config=True, option="--max-errors", metavar="N", unit="iterations", section="Limits")
    max_llm_calls = Int(100, min=1, help="Model calls of the whole run tree, at most.").tag(
        config=True, option="--max-llm-calls", metavar="N", unit="calls", section="Limits"
    )
    max_tokens = Int(
        None, allow_none=True, min=1, help="Tokens of the whole run tree, at most. Default: no limit."
    ).tag(config=True, option="--max-tokens", metavar="N", unit="tokens", section="Limits")
    max_cost = Float(
        None,
        allow_none=True,
        min=0.0,
        help="Cost of the whole run tree, at most, by `prices` or as endpoints report it. Default: no limit.",
    ).tag(config=True, option="--max-cost", metavar="X", unit="currency of `prices`", section="Limits")
    prices: Dict[str, Any] = Dict(
        help="Prices per million tokens: {'MODEL': {'input': 0.25, 'output': 1.0, 'cached': 0.1}}; 'batch' is the "
        "share of them that batches cost (0.5). On a command line for one model, and again for others."
    ).tag(config=True, option="--price", metavar="MODEL=IN,OUT[,CACHED[,BATCH]]", section="Limits")
    max_seconds = Float(
        None, allow_none=True, min=0.0, help="Wall time of the whole run tree, at most. Default: no limit."
    ).tag(config=True, option="--max-seconds", metavar="S", unit="seconds", section="Limits")
    max_concurrency = Int(
        0,
        min=0,
        help="Sub-calls in flight at once, at most; 0 begins with 8 and adapts, up to 100, to how fast replies come.",
    ).tag(config=True, option="--max-concurrency", metavar="N", unit="calls", section="Limits", answer=False)
    batch_api = Bool(
        False,
        help="Send the calls of label() and of large batches (20 or more) through the batches of the endpoint: half "
        "the price at OpenAI's, and replies within hours. See docs/models.md.",
    ).tag(config=True, option="--batch-api", section="Limits", answer=False)
    budget = Unicode(
        None,
        allow_none=True,
        help="A file that counts calls, tokens and cost over all runs, with limits of its own: see `rlm budget`. "
        "Default: RLM_BUDGET.",
    ).tag(config=True, option="--budget", metavar="FILE", section="Limits", answer=False)
    large_batch = Float(
        0.5, min=0.0, help="A batch of sub-calls is large from this share of what is left of a limit."
    ).tag(config=True, option="--large-batch", metavar="X", unit="share", section="Limits", answer=False)
    on_large_batch = AnyTrait(
        None, allow_none=True, help="Called with a BatchPlan before a large batch is sent; False refuses it."
    ).tag(section="Limits", answer=False)

    cell_timeout = Float(60.0, min=0.1, help="Seconds that the code of one iteration may compute.").tag(
        config=True, option="--cell-timeout", metavar="S", unit="seconds", section="Sandbox"
    )
    memory_limit = Union(
        [Unicode(), Int()], default_value="1GB", help="Memory of the code, beside the context: such as 512MB or 2GB."
    ).tag(config=True, option="--memory-limit", metavar="SIZE", unit="bytes", section="Sandbox")
    max_document_size = Union(
        [Unicode(), Int()], default_value="4GB", help="Size of one file of the context: such as 500MB or 8GB."
    ).tag(config=True, option="--max-document-size", metavar="SIZE", unit="bytes", section="Sandbox")
    packages: List[str] = List(
        Unicode(),
        help="Of numpy and pandas, those that the code can import, under a weaker language policy.",
    ).tag(config=True, option="--packages", metavar="A,B", section="Sandbox")
    output_limit = Int(
        None,
        allow_none=True,
        min=200,
        help="Characters of one output that the model is shown. Default: by its window, 10,000 at most.",
    ).tag(config=True, option="--output-limit", metavar="N", unit="characters", section="Sandbox")
    review = AnyTrait(
        None, allow_none=True, help="Called with (iteration, code) before code runs; returns the code, or None to stop."
    ).tag(section="Sandbox", answer=False)
    allow_weak_isolation = Bool(
        False, help="Run without any operating-system layer around the code: only for code you would run yourself."
    ).tag(config=True, option="--allow-weak-isolation", section="Sandbox", answer=False)

    subkernel_host = Unicode(
        None,
        allow_none=True,
        help="A host that runs the sub-kernels in place of this machine, as tcp://HOST:PORT: see docs/remote.md. It "
        "gets the document and the code. Default: this machine.",
    ).tag(config=True, option="--subkernel-host", metavar="ADDRESS", section="Sandbox", answer=False)
    subkernel_key = Unicode(
        None,
        allow_none=True,
        help="The file with the key that the sub-kernel host lets in. Default: subkernel-host.key in the user's "
        "configuration folder.",
    ).tag(config=True, option="--subkernel-key", metavar="FILE", section="Sandbox", answer=False)

    cache = Union(
        [Bool(), Unicode()],
        default_value=False,
        help="Keep replies on disk and use them again: True, or a file (without one: in the user's cache folder). It "
        "holds excerpts of the documents.",
    ).tag(config=True, option="--cache", metavar="FILE", section="Recording", answer=False)
    record = Unicode(
        None, allow_none=True, help="A file to record the models' replies to, to repeat them with recorded:FILE."
    ).tag(option="--record", metavar="FILE", section="Recording", answer=False)
    trace_dir = Unicode(
        None,
        allow_none=True,
        help="A folder to write the whole trace of each run that ends (also by Stop) to, as rlm-DIGEST.json: a "
        "notebook keeps a shortened copy, which then names the file. Default: none is written.",
    ).tag(config=True, option="--trace-dir", metavar="FOLDER", section="Recording", answer=False)

    otel = Bool(
        False,
        help="Tell an OpenTelemetry collector of every run (the extra otel); on, too, where "
        "OTEL_EXPORTER_OTLP_ENDPOINT is set.",
    ).tag(config=True, option="--otel", section="Recording", answer=False)

    # Whether it had a key before it was pickled.
    _key_left_behind = False
    # Whether a profile is being taken over.
    _applying = False

    def __init__(
        self,
        model: str | Model | ModelLike | None = None,
        base_url: str | None = None,
        **settings: Unpack[EngineSettings],
    ) -> None:
        values: dict[str, Any] = {"model": model, "base_url": base_url} | dict(settings)
        parent, program_config = values.pop("parent", None), values.pop("config", None)
        self.check_names(values)
        config = file_config()
        for nearer in (getattr(parent, "config", None), program_config):
            if nearer is not None:
                config.merge(nearer)
        configured = config.RLM.pop("profile", None) if "RLM" in config else None
        arguments = {name: value for name, value in values.items() if value is not None}
        profile = chosen_profile(arguments.pop("profile", None), configured)
        super().__init__(parent=parent, config=config, **arguments)
        self._apply(profile, arguments)

    def _apply(self, profile: Profile | None, arguments: Mapping[str, Any]) -> None:
        """Take over what the profile says and the arguments do not. Raises ValueError."""
        self._applying = True
        try:
            for name, value in (profile.values(arguments) if profile is not None else {}).items():
                setattr(self, name, value)
            self.profile = profile.name if profile is not None else None
        except TraitError as error:
            assert profile is not None
            raise ValueError(f"{profile.file}, profile {profile.name!r}: {error}") from None
        finally:
            self._applying = False

    @observe("profile")
    def _profile_changed(self, change: Any) -> None:
        """`%settings profile=NAME` and `rlm.profile = NAME` take over what that profile says."""
        if not self._applying and change["new"] is not None:
            self._apply(chosen_profile(change["new"]), {})

    @classmethod
    def _of(cls, values: Mapping[str, Any]) -> Self:
        """With exactly these values: no file is read."""
        settings = cls.__new__(cls)
        Configurable.__init__(settings)
        settings._applying = True
        for name, value in values.items():
            setattr(settings, name, value)
        settings._applying = False
        return settings

    def key(self) -> str | None:
        """The endpoint's key: `api_key`, else the variable that `api_key_env` names; None for that of OPENAI_API_KEY.

        Raises ModelError, of the kind `auth`, where the variable is not set, or a key was left behind by a pickle.
        """
        from ..models.base import ModelError
        from ..models.keys import key_of

        if self.api_key:
            return str(self.api_key)
        if self.api_key_env is not None:
            return key_of(self.api_key_env)
        if self._key_left_behind and not os.environ.get("OPENAI_API_KEY"):
            raise ModelError(
                "This RLM was pickled or copied, which leaves its key behind: set OPENAI_API_KEY where it is used, or "
                "make it with api_key_env=NAME, the name of the variable that holds the key there.",
                kind="auth",
            )
        return None

    def __reduce_ex__(self, _protocol: SupportsIndex) -> tuple[Any, ...]:
        """All settings but the key. What is unpickled reads no configuration file: it is as it was."""
        from ..models.keys import without_secrets

        values = {setting.name: getattr(self, setting.name) for setting in all_settings()} | {"api_key": None}
        values["extra_headers"] = without_secrets(self.extra_headers)
        return _unpickled, (type(self), values, self._key_left_behind or bool(self.api_key))

    def __copy__(self) -> Self:
        return self.replaced({})

    def replaced(self, overrides: Mapping[str, Any]) -> Self:
        """These settings with some replaced, under the same checks; None lifts a limit.

        Raises ValueError for an unknown name and TraitError for a value that does not fit.
        """
        self.check_names(overrides)
        mine = {setting.name: getattr(self, setting.name) for setting in all_settings()}
        if (name := overrides.get("profile")) is not None and (profile := chosen_profile(name)) is not None:
            mine |= profile.values(overrides)
        changed = self._of(mine | dict(overrides))
        changed._key_left_behind = self._key_left_behind
        return changed

    @classmethod
    def check_names(cls, values: Mapping[str, Any]) -> None:
        """Raise ValueError for a name that is no setting."""
        names = {setting.name for setting in all_settings()}
        for name in values:
            if name not in names:
                raise ValueError(f"RLM has no setting {name!r}. Its settings are: {', '.join(sorted(names))}.")

    def check(self) -> None:
        """Raise ValueError or TraitError, in one sentence, for a setting that no run could use."""
        from ..document.load.options import document_bytes
        from ..subkernel.base import parse_size
        from ..subkernel.packages import checked_packages
        from . import otel
        from .answers.schema import schema_of
        from .prices import Prices
        from .spending import spending_file
        from .verify.modes import further_solves

        schema_of(self.answer_type)
        parse_size(self.memory_limit)
        if self.subkernel_host is None:
            checked_packages(self.packages)
        else:
            from ..subkernel.remote.subkernel import check_host

            check_host(self.subkernel_host, self.subkernel_key, self.packages)
        document_bytes(self.max_document_size)
        prices = Prices.of(self.prices)
        if self.batch_api and self.max_cost is not None:
            self.check_batch_prices(prices)
        recorded = isinstance(self.model, str) and self.model.startswith("recorded:")
        if (spending := spending_file(self.budget)) is not None and not recorded:
            spending.check()
        further_solves(self.verify)
        if self.trace_dir and not os.path.isdir(os.path.expanduser(self.trace_dir)):
            raise ValueError(f"trace_dir {self.trace_dir}: there is no such folder. Make it, or name another.")
        otel.check(bool(self.otel))
        if self.tools:
            from .tools.user_tools import UserTools

            UserTools(self.tools)

    def check_batch_prices(self, prices: Prices) -> None:
        """Raise ValueError where cost is limited and nobody knows before a batch is sent what it will cost."""
        for setting in (self.sub_model or self.model or os.environ.get("RLM_MODEL"), self.check_model):
            name = str(getattr(setting, "name", setting) or "")
            if name and not name.startswith("recorded:") and not prices.known(name):
                raise ValueError(
                    f"max_cost with batch_api needs the price of {name!r}, since a batch is sent as a whole: give it "
                    "(prices={...}, --price), or leave one of them out."
                )


def _unpickled(kind: type[Settings], values: dict[str, Any], key_left_behind: bool) -> Settings:
    settings = kind._of(values)
    settings._key_left_behind = key_left_behind
    return settings


@dataclasses.dataclass(frozen=True, slots=True)
class Setting:
    """One setting, as its trait describes it.

    `flags` are its options on command lines, none for what only Python can give; `config`: whether a configuration
    file may set it; `answer`: whether an answer depends on it.
    """

    name: str
    trait: TraitType[Any, Any]
    help: str
    default: Any
    flags: tuple[str, ...]
    metavar: str | None
    unit: str
    section: str
    config: bool
    answer: bool


@functools.cache
def all_settings() -> tuple[Setting, ...]:
    """All settings, in the order of their definition."""
    return tuple(
        Setting(
            name=name,
            trait=trait,
            help=trait.help,
            default=trait.default(),
            flags=tuple((trait.metadata.get("option") or "").split()),
            metavar=trait.metadata.get("metavar"),
            unit=trait.metadata.get("unit", ""),
            section=trait.metadata["section"],
            config=bool(trait.metadata.get("config")),
            answer=trait.metadata.get("answer", True),
        )
        for name, trait in vars(Settings).items()
        if isinstance(trait, TraitType)
    )


def check_question(question: Any) -> None:
    """Raise ValueError for a question that asks nothing."""
    if not isinstance(question, str) or not question.strip():
        raise ValueError("The question is empty: say what you want to know about the context, as a text.")
