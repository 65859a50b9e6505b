"""`match` with class patterns or dotted names, as conditions that read attributes under the policy.

`as_conditions` rewrites the statement, `match` decides a case when the code runs. Both share the form of a pattern: a
tuple whose first item is its kind.

    ("value", get)                  equals get()
    ("is", constant)                is None, True or False
    ("as", pattern or None, name or None)
    ("sequence", patterns, index of the starred one or -1, its name or None)
    ("mapping", ((get key, pattern), ...), name for the rest or None)
    ("class", get class, patterns by position, ((attribute, pattern), ...))
    ("or", patterns)
"""

from __future__ import annotations

import ast
import itertools
from collections.abc import Callable, Mapping, Sequence
from typing import Any

MATCH = ".match"
_counter = itertools.count(1)
# Classes whose one positional pattern is for the object itself.
_ITSELF = (bool, bytearray, bytes, dict, float, frozenset, int, list, set, str, tuple)
_NONE = ast.Constant(None)


def needs_rewriting(node: ast.Match) -> bool:
    """Whether a pattern of the statement reads an attribute."""
    return any(
        (
            isinstance(part, ast.MatchClass)
            and (part.patterns or part.kwd_patterns or not isinstance(part.cls, ast.Name))
        )
        or (isinstance(part, ast.MatchValue | ast.MatchMapping) and _has_attribute(part))
        for case in node.cases
        for part in ast.walk(case.pattern)
    )


def _has_attribute(node: ast.AST) -> bool:
    return any(isinstance(part, ast.Attribute) for part in ast.walk(node))


def as_conditions(node: ast.Match) -> list[ast.stmt]:
    """The statement as `if ... elif ...`, not yet under the policy."""
    number = next(_counter)
    subject, captured = f".subject{number}", f".captured{number}"
    chain: list[ast.stmt] = []
    for case in reversed(node.cases):
        chain = [ast.copy_location(ast.If(_condition(case, subject, captured), case.body, chain), case.pattern)]
    first = ast.Assign([ast.Name(subject, ast.Store())], node.subject)
    return [ast.fix_missing_locations(ast.copy_location(statement, node)) for statement in (first, *chain)]


def _condition(case: ast.match_case, subject: str, captured: str) -> ast.expr:
    names = list(dict.fromkeys(_captures(case.pattern)))
    call = ast.Call(
        ast.Name(MATCH, ast.Load()),
        [
            ast.Name(subject, ast.Load()),
            _described(case.pattern),
            ast.Tuple([ast.Constant(name) for name in names], ast.Load()),
        ],
        [],
    )
    matched = ast.Compare(ast.NamedExpr(ast.Name(captured, ast.Store()), call), [ast.IsNot()], [_NONE])
    conditions: list[ast.expr] = [matched]
    if names:
        value = [
            ast.Subscript(ast.Name(captured, ast.Load()), ast.Constant(index), ast.Load())
            for index in range(len(names))
        ]
        bound = [ast.NamedExpr(ast.Name(name, ast.Store()), each) for name, each in zip(names, value, strict=True)]
        # A tuple that is not empty is true.
        conditions.append(ast.Tuple(list(bound), ast.Load()))
    if case.guard is not None:
        conditions.append(case.guard)
    condition = conditions[0] if len(conditions) == 1 else ast.BoolOp(ast.And(), conditions)
    return ast.fix_missing_locations(ast.copy_location(condition, case.pattern))


def _captures(pattern: ast.pattern) -> list[str]:
    found: list[str] = []
    for part in ast.walk(pattern):
        if isinstance(part, ast.MatchAs | ast.MatchStar) and part.name is not None:
            found.append(part.name)
        elif isinstance(part, ast.MatchMapping) and part.rest is not None:
            found.append(part.rest)
    return found


def _described(pattern: ast.pattern) -> ast.expr:
    match pattern:
        case ast.MatchValue():
            return _tuple("value", _later(pattern.value))
        case ast.MatchSingleton():
            return _tuple("is", ast.Constant(pattern.value))
        case ast.MatchAs():
            inner = _NONE if pattern.pattern is None else _described(pattern.pattern)
            return _tuple("as", inner, ast.Constant(pattern.name))
        case ast.MatchSequence():
            starred = [index for index, part in enumerate(pattern.patterns) if isinstance(part, ast.MatchStar)]
            name = pattern.patterns[starred[0]].name if starred else None  # type: ignore[attr-defined]
            parts = [_described(part) for part in pattern.patterns if not isinstance(part, ast.MatchStar)]
            return _tuple("sequence", _tuple(*parts), ast.Constant(starred[0] if starred else -1), ast.Constant(name))
        case ast.MatchMapping():
            pairs = [
                _tuple(_later(key), _described(part)) for key, part in zip(pattern.keys, pattern.patterns, strict=True)
            ]
            return _tuple("mapping", _tuple(*pairs), ast.Constant(pattern.rest))
        case ast.MatchClass():
            named = [
                _tuple(name, _described(part))
                for name, part in zip(pattern.kwd_attrs, pattern.kwd_patterns, strict=True)
            ]
            return _tuple("class", _later(pattern.cls), _tuple(*map(_described, pattern.patterns)), _tuple(*named))
        case ast.MatchOr():
            return _tuple("or", _tuple(*map(_described, pattern.patterns)))
    raise AssertionError(f"a pattern of an unknown kind: {type(pattern).__name__}")


def _tuple(*parts: ast.expr | str) -> ast.Tuple:
    return ast.Tuple([ast.Constant(part) if isinstance(part, str) else part for part in parts], ast.Load())


def _later(value: ast.expr) -> ast.Lambda:
    return ast.Lambda(ast.arguments([], [], None, [], [], None, []), value)


def matcher(read: Callable[[Any, str, Any], Any], class_of: Callable[[Any], Any]) -> Callable[..., Any]:
    """`.match(subject, pattern, names)`: the values of the names in their order, None where it does not match.

    `read(obj, name, default)` reads an attribute under the policy; `class_of` gives the class behind a stand-in.
    """
    missing = object()

    def match(subject: Any, pattern: Any, names: tuple[str, ...]) -> tuple[Any, ...] | None:
        captured: dict[str, Any] = {}
        return tuple(captured[name] for name in names) if fits(subject, pattern, captured) else None

    def fits(subject: Any, pattern: Any, captured: dict[str, Any]) -> bool:
        return bool(kinds[pattern[0]](subject, *pattern[1:], captured))

    def alias(subject: Any, inner: Any, name: str | None, captured: dict[str, Any]) -> bool:
        if inner is not None and not fits(subject, inner, captured):
            return False
        if name is not None:
            captured[name] = subject
        return True

    def sequence(subject: Any, parts: Any, star: int, name: str | None, captured: dict[str, Any]) -> bool:
        if not isinstance(subject, Sequence) or isinstance(subject, str | bytes | bytearray):
            return False
        items = list(subject)
        if len(items) < len(parts) or (star < 0 and len(items) > len(parts)):
            return False
        if star >= 0:
            after = len(items) - (len(parts) - star)
            if name is not None:
                captured[name] = items[star:after]
            items = [*items[:star], *items[after:]]
        return all(fits(item, part, captured) for item, part in zip(items, parts, strict=True))

    def mapping(subject: Any, pairs: Any, rest: str | None, captured: dict[str, Any]) -> bool:
        if not isinstance(subject, Mapping):
            return False
        keys = [get() for get, _ in pairs]
        values = [subject.get(key, missing) for key in keys]
        if not all(
            value is not missing and fits(value, part, captured) for value, (_, part) in zip(values, pairs, strict=True)
        ):
            return False
        if rest is not None:
            captured[rest] = {key: value for key, value in subject.items() if key not in keys}
        return True

    def instance(subject: Any, get: Any, positional: Any, named: Any, captured: dict[str, Any]) -> bool:
        kind = get()
        if not isinstance(class_of(kind), type):
            raise TypeError("called match pattern must be a class")
        if not isinstance(subject, kind):
            return False
        names = () if class_of(kind) in _ITSELF else read(kind, "__match_args__", None)
        if positional and names in (None, ()) and isinstance(class_of(kind), type) and issubclass(kind, _ITSELF):
            if len(positional) > 1:
                raise TypeError(f"{kind.__name__}() accepts 1 positional sub-pattern ({len(positional)} given)")
            if not fits(subject, positional[0], captured):
                return False
            positional = ()
        if len(positional) > len(names or ()):
            raise TypeError(
                f"{kind.__name__}() accepts {len(names or ())} positional sub-patterns ({len(positional)} given)"
            )
        for name, part in (*zip(names or (), positional, strict=False), *named):
            value = read(subject, name, missing)
            if value is missing or not fits(value, part, captured):
                return False
        return True

    kinds: dict[str, Callable[..., Any]] = {
        "value": lambda subject, get, _captured: subject == get(),
        "is": lambda subject, constant, _captured: subject is constant,
        "as": alias,
        "sequence": sequence,
        "mapping": mapping,
        "class": instance,
        "or": lambda subject, parts, captured: any(fits(subject, part, captured) for part in parts),
    }
    match.__qualname__ = "match"
    return match
