"""The command line's options. Parsing them imports nothing of the engine."""

from __future__ import annotations

import argparse
import importlib
from collections.abc import Callable, Collection
from importlib.metadata import version
from typing import Any, NoReturn

from ..api.loading import without_collections
from ..engine.answers import type_parser
from ..engine.setting_options import add_reading_options, add_setting_options, number
from . import exit_codes
from .output import complain, unwritable


class CommandParser(argparse.ArgumentParser):
    """An argparse parser whose errors are one sentence."""

    def error(self, message: str) -> NoReturn:
        """Called by argparse."""
        complain(f"{message} (see: {self.prog} --help)")
        raise SystemExit(exit_codes.USAGE)

    def _print_message(self, message: str, file: Any = None) -> None:
        # argparse's own says nothing of a help that could not be written.
        if file is None or not message:
            return super()._print_message(message, file)
        try:
            file.write(message)
            file.flush()
        except BrokenPipeError:
            raise
        except OSError as error:
            raise unwritable(error) from None


def parse(arguments: list[str]) -> argparse.Namespace:
    """The options, with `run` the command's function. Ends the process for --help, --version and mistakes."""
    parser, commands = _parsers()
    if arguments and arguments[0] in commands:
        # Intermixed, so that options may stand between the question and the files.
        return commands[arguments[0]].parse_intermixed_args(arguments[1:])
    options = parser.parse_args(arguments)
    if options.command is None:
        parser.print_help()
        raise SystemExit(exit_codes.USAGE)
    return options


def _parsers() -> tuple[CommandParser, dict[str, CommandParser]]:
    parser = _made(
        CommandParser, "rlm", "Questions about long documents, answered by executed code.", epilog=exit_codes.TABLE
    )
    parser.add_argument("--version", action="version", version=f"rlm-kernel {version('rlm-kernel')}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", parser_class=CommandParser)
    made = {}
    for name, what, fill in (
        ("ask", "ask a question about documents", _ask),
        ("init", "write a profile: a named endpoint, for all front ends", _init),
        ("budget", "limit and show what all runs together may spend", _budget),
        ("doctor", "say what works on this machine", _doctor),
        ("fetch", "download the embedded model's weights", _fetch),
        ("demo", "watch a model answer a question about a report that comes with this package", _demo),
        ("replay", "run the code of traces again, without any model, and compare", _replay),
        ("map", "ask the same questions about many documents", _map),
        ("canary", "plant lines in a copy of a document, and say how many of them a run's code finds", _canary),
        ("compare", "compare models by questions with known answers", _compare),
        ("config", "print a configuration file in which every setting stands as a comment", _config),
        ("subkernel-host", "run sub-kernels for other machines, or let another client in", _subkernel_host),
        ("mcp", "serve agents over the Model Context Protocol", _mcp),
        ("keygen", "make a pair of keys that packs are signed with", _keygen),
        ("pack", "write an evidence pack: a run with all that shows how it came about, signed", _pack),
        ("sign", "sign an evidence pack off: who has checked it, with notes, over its first signature", _sign),
        ("verify", "check an evidence pack, without a model", _verify),
        ("class", "make an assignment for a class, with a recorded model", _class),
        ("grade", "grade submitted notebooks by a rubric, without a model", _grade),
        ("completion", "print what a shell needs to complete these commands at Tab", _completion),
    ):
        made[name] = _made(
            commands.add_parser,
            name,
            f"{what[0].upper()}{what[1:]}.",
            help=what,
            epilog=exit_codes.TABLE,
            prog=f"rlm {name}",
        )
        fill(made[name])
    return parser, made


def _made(make: Callable[..., CommandParser], name: str, description: str, **more: Any) -> CommandParser:
    more |= {"description": description, "formatter_class": argparse.RawDescriptionHelpFormatter, "allow_abbrev": False}
    return make(name, **more)


def _ask(parser: CommandParser) -> None:
    add = parser.add_argument
    add("question", metavar="QUESTION", help="what you want to know")
    add("files", nargs="*", metavar="FILE", help="a file, a folder, a glob such as 'logs/*.txt' or a URL; '-': stdin")
    add_reading_options(parser)
    add("--type", type=_type, metavar="T", help="type of the answer: int, float, str, bool, list[int], dict ...")
    forms = parser.add_mutually_exclusive_group()
    forms.add_argument("--json", action="store_true", help="print one JSON object (value, status, usage, trace ...)")
    forms.add_argument(
        "--events", choices=["ndjson"], help="print every event of the run as it happens, a JSON object a line"
    )
    add("--trace", metavar="FILE", help="write the trace as JSON, also of a run that fails or is interrupted")
    loudness = parser.add_mutually_exclusive_group()
    loudness.add_argument("-v", "--verbose", action="store_true", help="show on stderr what each iteration does")
    loudness.add_argument(
        "-q", "--quiet", action="store_true", help="no progress and no remarks on stderr, only errors"
    )
    _settings(parser)
    parser.set_defaults(run=_later("ask", "ask"))


def _settings(parser: CommandParser, *, leave_out: Collection[str] = ()) -> None:
    add_setting_options(
        parser.add_argument_group("settings", "see docs/settings.md; c.RLM.NAME in the configuration file"),
        leave_out=leave_out,
    )


def _mcp(parser: CommandParser) -> None:
    add = parser.add_argument
    add("folders", nargs="*", metavar="FOLDER", help="files below it may be read; give several")
    add("--root", action="append", default=[], metavar="FOLDER", help="another such folder")
    add("--http", metavar="HOST:PORT", help="streamable HTTP instead of stdio; the token is RLM_MCP_TOKEN")
    add("--allow-host", action="append", default=[], metavar="NAME", help="a name that HTTP clients ask for")
    add("--idle-minutes", type=number(float, 0.01), default=30.0, metavar="N", help="a session's life unused (30)")
    add("--max-sessions", type=number(int, 1), default=4, metavar="N", help="documents loaded by one client (4)")
    add("--check", action="store_true", help="start the server, list its tools as a client would, and end")
    _settings(parser, leave_out=("record",))
    parser.epilog = "exit codes: 0 served, or checked; 1 the server does not answer (--check); 2 usage; 143 terminated"
    parser.set_defaults(run=_later("mcp", "mcp"))


def _replay(parser: CommandParser) -> None:
    add = parser.add_argument
    add("paths", nargs="+", metavar="PATH", help="a trace, a notebook, a folder of them, or the folder of `rlm map`")
    add(
        "--sample",
        type=_share,
        metavar="N%%",
        help="of a folder of `rlm map`, so many of its runs, drawn by --sample-seed",
    )
    add("--sample-seed", type=int, default=0, metavar="N", help="another seed draws another sample (0)")
    add(
        "--document",
        action="append",
        metavar="FILE",
        help="what the run was about; else the files that the trace names are read again (several: repeat the option)",
    )
    add("--deep", action="store_true", help="run the sub-runs again too; else their recorded values count")
    add("--memory-limit", metavar="SIZE", help="the most memory for the code (default: 1GB); a trace can only lower it")
    add("--cell-timeout", type=float, metavar="SECONDS", help="the most seconds for a cell (default: 60)")
    add("--max-iterations", type=int, metavar="N", help="the most iterations of a trace to run (default: 1,000)")
    add("--max-seconds", type=float, metavar="SECONDS", help="the most seconds for one trace (default: 3600)")
    add("--subkernel-host", metavar="ADDRESS", help="run the code on that sub-kernel host (default: on this machine)")
    add("--subkernel-key", metavar="FILE", help="the key that it lets in")
    add("--json", action="store_true", help="print one JSON list: file, cell, verdict, reason, iteration, diff ...")
    add("-q", "--quiet", action="store_true", help="no diffs and no remarks, only the verdicts")
    add(
        "--allow-weak-isolation",
        action="store_true",
        default=None,
        help="run even where the operating system cannot isolate the traces' code",
    )
    parser.set_defaults(run=_later("replay", "replay"))


def _map(parser: CommandParser) -> None:
    add = parser.add_argument
    add("questions", metavar="QUESTIONS.jsonl", help="one JSON object a line: question, and optionally type and name")
    add("documents", nargs="+", metavar="FILE", help="files, folders, globs such as 'contracts/**/*.pdf', or URLs")
    add("--out", required=True, metavar="DIR", help="gets rows and traces; what it holds is not run again")
    add("--workers", type=number(int, 1), default=4, metavar="N", help="runs at once in this process (4)")
    add("--scheduler", metavar="URL", help="run on the dask cluster of this scheduler, such as tcp://host:8786")
    add(
        "--again",
        action="append",
        choices=["exhausted", "failed"],
        help="run also those again that ended so (what failed by the infrastructure is run again in any case)",
    )
    add("--json", action="store_true", help="print each row as a JSON line when it is there, then the summary")
    add("-q", "--quiet", action="store_true", help="no progress and no remarks on stderr, only errors")
    limits = parser.add_argument_group("limits", "of the whole campaign; and, as --run-..., of each run")
    for name, kind, least, what in (
        ("max-llm-calls", int, 1, "model calls"),
        ("max-tokens", int, 1, "tokens"),
        ("max-cost", float, 0.0, "cost (by --price, or as the endpoint reports it)"),
    ):
        for prefix, whose, destination in (("", "all runs together", "campaign_"), ("run-", "one run", "run_")):
            limits.add_argument(
                f"--{prefix}{name}",
                dest=f"{destination}{name.replace('-', '_')}",
                type=number(kind, least),
                metavar="X" if kind is float else "N",
                help=f"{what} of {whose}, at most",
            )
    _settings(parser, leave_out=("record", "max_llm_calls", "max_tokens", "max_cost"))
    parser.set_defaults(run=_later("map", "map_"))


def _share(text: str) -> float:
    try:
        share = float(text.removesuffix("%")) / 100
    except ValueError:
        share = 0.0
    if not text.endswith("%") or not 0 < share <= 1:
        raise argparse.ArgumentTypeError(f"{text!r} is no share such as 5%")
    return share


def _canary(parser: CommandParser) -> None:
    add = parser.add_argument
    add("trace", metavar="TRACE", help="a trace, or a notebook that holds one")
    add("documents", nargs="*", metavar="DOCUMENT", help="what the run was about; else as the trace names it")
    add("-n", "--count", type=number(int, 1), default=20, metavar="N", help="lines to plant, one at a time (20)")
    add("--seed", type=int, default=0, metavar="N", help="the same seed plants the same lines (0)")
    add("--json", action="store_true", help="print one JSON object: found, count, low, high, planted ...")
    add(
        "--allow-weak-isolation",
        action="store_true",
        default=None,
        help="run even where the operating system cannot isolate the trace's code",
    )
    parser.set_defaults(run=_later("canary", "canary"))


def _compare(parser: CommandParser) -> None:
    add = parser.add_argument
    add(
        "questions",
        nargs="?",
        metavar="QUESTIONS.jsonl",
        help="questions with their answers, one JSON object a line (default: those about the demonstration report)",
    )
    add(
        "--models",
        type=_names,
        required=True,
        metavar="A,B",
        help="names, 'local', 'recorded:FILE'; NAME@URL for one of another endpoint",
    )
    add("--runs", type=number(int, 1), default=5, metavar="N", help="runs of each question by each model (5)")
    add(
        "--results",
        metavar="FILE",
        help="gets a line for each run; what it holds is not run again (QUESTIONS.results.jsonl)",
    )
    add("--checks", metavar="FILE.py", help="functions (value, answer) -> bool that questions name as their check")
    add("--format", choices=["text", "markdown", "html", "json"], default="text", help="of the tables on stdout (text)")
    add("-q", "--quiet", action="store_true", help="no progress on stderr, only errors")
    add_reading_options(parser)
    _settings(parser, leave_out=("model", "record", "cache"))
    parser.set_defaults(run=_later("compare", "compare"))


def _names(text: str) -> list[str]:
    names = [name.strip() for name in text.split(",")]
    if not all(names) or len(set(names)) < len(names):
        raise argparse.ArgumentTypeError(f"{text!r} is not a list of different names such as qwen3:32b,local")
    return names


def _doctor(parser: CommandParser) -> None:
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--profile", metavar="NAME", help="of rlm.toml, in place of the one that counts")
    parser.set_defaults(run=_later("doctor_and_fetch", "doctor"))


def _budget(parser: CommandParser) -> None:
    add = parser.add_argument
    add("file", nargs="?", metavar="FILE", help="the file that counts (default: RLM_BUDGET)")
    add("--max-calls", type=number(int, 0), metavar="N", help="calls of all runs, at most")
    add("--max-tokens", type=number(int, 0), metavar="N", help="tokens of all runs, at most")
    add("--max-cost", type=number(float, 0), metavar="X", help="cost of all runs, at most, in the currency of prices")
    add("--json", action="store_true", help="print one JSON object")
    parser.set_defaults(run=_later("budget", "budget"))


def _init(parser: CommandParser) -> None:
    add = parser.add_argument
    add("name", nargs="?", metavar="NAME", help="what the profile is called (default: asked for)")
    add("-m", "--model", metavar="MODEL", help="the model's name at the endpoint")
    add("--base-url", metavar="URL", help="the endpoint; without it, servers that run on this machine are looked for")
    add("--api-key-env", metavar="NAME", help="the environment variable that holds the endpoint's key")
    add("--folder", action="store_true", help="write ./rlm.toml, not the file in your configuration folder")
    add("--force", action="store_true", help="replace a profile of that name")
    add("-y", "--yes", action="store_true", help="ask nothing: take the options, and what is found where it is clear")
    add("--no-try", action="store_true", help="write the profile without asking the endpoint")
    parser.set_defaults(run=_later("init", "init"))


def _subkernel_host(parser: CommandParser) -> None:
    add = parser.add_argument
    add("--listen", default="127.0.0.1:7420", metavar="HOST:PORT", help="where (127.0.0.1:7420); 0.0.0.0: on every net")
    add("--keys", metavar="FOLDER", help="the host's keys (default: subkernel-host in your configuration folder)")
    add("--add-client", metavar="NAME", help="let a client in: write a file with its key, and end")
    add("--out", metavar="FILE", help="that file (NAME.key); it is a secret: hand it over safely")
    add("--memory-limit", default="1GB", metavar="SIZE", help="memory that a client may ask for, each sub-kernel (1GB)")
    add("--cpu-seconds", type=number(int, 1), default=36_000, metavar="S", help="processor time of each (36000)")
    add("--max-subkernels", type=number(int, 1), default=64, metavar="N", help="at once, in all (64)")
    add("--max-per-client", type=number(int, 1), default=16, metavar="N", help="at once, of one client (16)")
    add("--max-document", default="1GB", metavar="SIZE", help="of one document (1GB)")
    add("--client-documents", default="2GB", metavar="SIZE", help="memory for the documents of one client (2GB)")
    add("--all-documents", default="8GB", metavar="SIZE", help="memory for all documents (8GB)")
    add("-q", "--quiet", action="store_true", help="only errors on stderr")
    add(
        "--allow-weak-isolation",
        action="store_true",
        help="serve even where the operating system cannot isolate code: clients then have your rights on this machine",
    )
    parser.epilog = "exit codes: 0 ended by Ctrl-C or SIGTERM, or the client was added; 2 usage; 5 no isolation here"
    parser.set_defaults(run=_later("subkernel_host", "subkernel_host"))


def _keygen(parser: CommandParser) -> None:
    parser.add_argument("file", metavar="FILE", help="gets the private key; FILE.pub gets the public one")
    parser.set_defaults(run=_later("evidence", "keygen"))


def _pack(parser: CommandParser) -> None:
    add = parser.add_argument
    add("trace", metavar="TRACE", help="a trace, or a notebook with one")
    add("-o", "--output", required=True, metavar="PACK.zip", help="the file to write")
    add("--key", required=True, metavar="FILE", help="the private key to sign with: see `rlm keygen`")
    add("--document", action="append", metavar="FILE", help="what the run was about, where it is not beside the trace")
    add(
        "--documents", choices=["text", "hash"], default="text", help="put in their texts, or their hashes alone (text)"
    )
    add("--audit", metavar="NOTEBOOK", help="the saved notebook with an auditor's pass over the run, for the report")
    parser.set_defaults(run=_later("evidence", "pack"))


def _sign(parser: CommandParser) -> None:
    add = parser.add_argument
    add("pack", metavar="PACK.zip", help="the pack, to which the sign-off is added")
    add("--key", required=True, metavar="FILE", help="your private key: see `rlm keygen`")
    add("--name", required=True, metavar="NAME", help="who signs")
    add("--notes", default="", metavar="TEXT", help="what you have to say of it")
    add("--tick", action="append", metavar="LINE", help="evidence that you have looked up: LINE, DOCUMENT:LINE or all")
    parser.set_defaults(run=_later("evidence", "sign"))


def _verify(parser: CommandParser) -> None:
    add = parser.add_argument
    add("pack", metavar="PACK.zip", help="the pack")
    add(
        "--key",
        metavar="FILE.pub",
        help="the public key of the signer that you expect; without it nothing is vouched for",
    )
    add(
        "--auditor",
        action="append",
        metavar="FILE.pub",
        help="the public key of an auditor whose sign-off you expect (several: repeat the option)",
    )
    add("--document", action="append", metavar="FILE", help="what the run was about, for a pack with hashes alone")
    add("--no-run", action="store_true", help="do not run the code again")
    add("--memory-limit", metavar="SIZE", help="the most memory for the code (default: 1GB)")
    add("--cell-timeout", type=float, metavar="SECONDS", help="the most seconds for a cell (default: 60)")
    add("--max-seconds", type=float, metavar="SECONDS", help="the most seconds for the whole run (default: 3600)")
    add("--json", action="store_true", help="print one JSON object")
    parser.set_defaults(run=_later("evidence", "verify"))


def _class(parser: CommandParser) -> None:
    parser.add_argument("action", choices=["init"], help="init: write the folder of an assignment")
    parser.add_argument("folder", metavar="DIR", help="a folder that is new or empty")
    parser.set_defaults(run=_later("classroom", "init"))


def _grade(parser: CommandParser) -> None:
    add = parser.add_argument
    add("submissions", metavar="SUBMISSIONS", help="a folder with a folder, or a notebook, for each student")
    add("--rubric", required=True, metavar="FILE", help="what is right: a file of YAML, TOML or JSON")
    add("--out", metavar="DIR", help="gets grades.csv, and a feedback file for each student")
    add("--workers", type=number(int, 1), metavar="N", help="submissions at once (default: the processors)")
    forms = parser.add_mutually_exclusive_group()
    forms.add_argument("--json", action="store_true", help="print one JSON list: student, points, problem, tasks ...")
    forms.add_argument("-q", "--quiet", action="store_true", help="only the table, no progress on stderr")
    parser.set_defaults(run=_later("classroom", "grade_submissions"))


def _completion(parser: CommandParser) -> None:
    parser.add_argument("shell", choices=["bash", "zsh", "tcsh"], help='eval it: eval "$(rlm completion bash)"')
    parser.set_defaults(run=_print_completion)


def _print_completion(options: argparse.Namespace) -> int:
    try:
        import shtab
    except ImportError:
        raise exit_codes.Failure("completion needs shtab: pip install 'rlm-kernel[completion]'.") from None
    print(shtab.complete(_parsers()[0], shell=options.shell))  # noqa: T201
    return exit_codes.ANSWERED


def _config(parser: CommandParser) -> None:
    parser.set_defaults(run=_later("doctor_and_fetch", "config"))


def _fetch(parser: CommandParser) -> None:
    parser.add_argument("--weights", choices=["1.5b", "0.5b"], default="1.5b", help="which model (1.5b)")
    _yes(parser)
    parser.set_defaults(run=_later("doctor_and_fetch", "fetch"))


def _demo(parser: CommandParser) -> None:
    _yes(parser)
    parser.set_defaults(run=_later("demo", "demo"))


def _yes(parser: CommandParser) -> None:
    parser.add_argument("-y", "--yes", action="store_true", help="download without asking")


def _later(module: str, function: str) -> Callable[[argparse.Namespace], int]:
    """The command's function, whose module is imported only when it runs."""

    def run(options: argparse.Namespace) -> int:
        with without_collections():
            imported = importlib.import_module(f".{module}", __package__)
        command: Callable[[argparse.Namespace], int] = getattr(imported, function)
        return command(options)

    return run


def _type(text: str) -> Any:
    try:
        return type_parser.parse(text, {})
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r}: {error}. {type_parser.ADVICE}") from None
