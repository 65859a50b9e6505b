"""Follows the values of the cells' variables from where they come from to FINAL, by reading the code; runs nothing.

It is an approximation that errs on the side of more origins: both branches of an `if` count, and what it does not know
is taken to pass on all that went in. What a constant of the code may have put into a value is kept apart.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from ...trace import Iteration
from .call_kinds import (
    COMPUTING,
    COUNTING,
    KEEPING,
    MODULES,
    MUTATING,
    NEUTRAL,
    POSITIONS,
    READS,
    SEARCHES,
    SUB_MODELS,
    TYPED_FROM,
)
from .code_constants import date_of_call, flow_of_constant, is_number, literal, says_something
from .code_names import GIVEN, called, parsed
from .flow import NOTHING, Flow, Kind, Source, dates, numbers, union

_AGGREGATES = ("count(", "sum(", "avg(", "min(", "max(", "total(")
_SAYING = frozenset(["print", "FINAL"])
_MOST_DEPTH = 200
_MOST_WITHIN = 4
_MOST_FOLLOWED = 300
# In a scope: the names that belong to an outer one (`hints` of the flow).
_OUTER = "global names"


@dataclass(frozen=True, slots=True)
class Handed:
    """What a cell has handed to FINAL (`constant`: written out), or what it has printed."""

    iteration: int
    line: int
    flow: Flow
    constant: Any = None
    is_constant: bool = False


@dataclass(frozen=True, slots=True)
class _Function:
    """A function of the code's own, and the iteration that has defined it."""

    iteration: int
    node: ast.FunctionDef

    def defaults(self) -> Iterator[tuple[str, ast.expr | None]]:
        """Each argument with its default."""
        arguments = self.node.args
        plain = [*arguments.posonlyargs, *arguments.args]
        without = len(plain) - len(arguments.defaults)
        yield from zip([each.arg for each in plain], [*[None] * without, *arguments.defaults], strict=True)
        yield from zip([each.arg for each in arguments.kwonlyargs], arguments.kw_defaults, strict=True)
        yield from ((each.arg, None) for each in (arguments.vararg, arguments.kwarg) if each is not None)


class Dataflow:
    """The flows of the variables after the iterations that were fed, in order.

    `finals` are what calls of FINAL were given, `printed` what was shown. `user_tools` are the names of the user's own.
    `follows`: a name that no cell has set is a variable of an earlier question; else there is none.
    """

    def __init__(self, user_tools: Iterable[str] = (), *, follows: bool = False) -> None:
        self.variables: dict[str, Flow] = {}
        self.finals: list[Handed] = []
        self.printed: list[Handed] = []
        self._functions: dict[str, _Function] = {}
        self._user_tools = frozenset(user_tools)
        self._follows = follows

    def feed(self, turn: Iteration) -> None:
        """Take in the code of an iteration that has run, or is running."""
        if turn.lost_state:
            self.variables.clear()
        if not turn.code or not turn.executed or (tree := parsed(turn.code)) is None:
            return
        statements = tree.body
        if turn.error is not None and turn.error.line is not None:
            statements = [statement for statement in statements if statement.lineno <= turn.error.line]
        reader = _CodeReader(
            turn.index, self.variables, self._functions, self._user_tools, self.printed, follows=self._follows
        )
        try:
            reader.run(statements)
        except RecursionError:
            return
        last = statements[-1] if statements and not turn.error else None
        if isinstance(last, ast.Expr) and not (isinstance(last.value, ast.Call) and called(last.value) in _SAYING):
            reader.printed.append(Handed(turn.index, last.lineno, reader.value(last.value)))
        self.finals += reader.finals
        self.printed += reader.printed
        if turn.lost_state:
            self.variables.clear()


class _CodeReader:
    """Reads one cell."""

    def __init__(
        self,
        iteration: int,
        variables: dict[str, Flow],
        functions: dict[str, _Function],
        user_tools: frozenset[str],
        shown: Sequence[Handed],
        *,
        follows: bool,
    ) -> None:
        self.finals: list[Handed] = []
        self.printed: list[Handed] = []
        self._iteration = iteration
        self._variables = variables
        self._functions = functions
        self._user_tools = user_tools
        self._shown = shown
        self._follows = follows
        self._scopes: list[dict[str, Flow]] = []
        self._control: list[Flow] = []
        self._returned: list[Flow] = []
        self._modules: set[str] = set()
        self._depth = 0
        # Calls of functions of the code's own: how deep, how many in all, and from where in this cell.
        self._within = 0
        self._followed = 0
        self._site: tuple[int, int, int] | None = None

    def run(self, statements: Sequence[ast.stmt]) -> None:
        """Read statements in order."""
        for statement in statements:
            self._statement(statement)

    # The state: variables, and what decides whether a statement runs.

    def _bind(self, name: str, flow: Flow, *, weak: bool = False) -> None:
        scope = self._scopes[-1] if self._scopes else self._variables
        if (outer := scope.get(_OUTER)) is not None and name in outer.hints:
            scope = next((each for each in self._scopes[-2::-1] if name in each), self._variables)
        flow = self._controlled(flow)
        old = scope.get(name)
        if old is not None and (weak or self._control):
            flow = union([old, flow])
        scope[name] = flow

    def _controlled(self, flow: Flow) -> Flow:
        for control in self._control:
            flow = flow.under(control)
        return flow

    def _look_up(self, name: str, node: ast.expr) -> Flow:
        for scope in reversed(self._scopes):
            if name in scope:
                return scope[name]
        if name in self._variables:
            return self._variables[name]
        if name == "context":
            return self._source("document", node, "context")
        if name in GIVEN or name in self._modules or name in self._user_tools:
            return NOTHING
        return self._source("earlier", node, name) if self._follows else NOTHING

    def _source(self, kind: Kind, node: ast.expr, name: str) -> Flow:
        site = self._site or (self._iteration, node.lineno, node.end_lineno or node.lineno)
        source = Source(kind, *site, name)
        return Flow(sources=frozenset([source]), steps=frozenset([(self._iteration, node.lineno)]))

    @contextmanager
    def _under(self, control: Flow) -> Iterator[None]:
        self._control.append(control)
        try:
            yield
        finally:
            self._control.pop()

    # Statements.

    def _statement(self, node: ast.stmt) -> None:
        step = (self._iteration, node.lineno)
        match node:
            case ast.Assign(targets=targets, value=value):
                flow = self.value(value).at(step)
                for target in targets:
                    self._assign(target, flow)
            case ast.AnnAssign(target=target, value=ast.expr() as value):
                self._assign(target, self.value(value).at(step))
            case ast.AugAssign(target=target, op=op, value=value):
                flow = self._operation(op, self.value(target), self.value(value), value).at(step)
                self._assign(target, flow, weak=True)
            case ast.For(target=target, iter=iterated, body=body, orelse=orelse):
                flow = self.value(iterated)
                with self._under(replace(flow, typed=frozenset(), fields=None)):
                    for _ in range(2):
                        self._assign(target, flow.element())
                        self.run(body)
                    self.run(orelse)
            case ast.While(test=test, body=body, orelse=orelse) | ast.If(test=test, body=body, orelse=orelse):
                flow = self.value(test)
                with self._under(replace(flow, typed=frozenset())):
                    for _ in range(2 if isinstance(node, ast.While) else 1):
                        self.run(body)
                    self.run(orelse)
            case ast.With(items=items, body=body):
                for item in items:
                    flow = self.value(item.context_expr)
                    if item.optional_vars is not None:
                        self._assign(item.optional_vars, flow)
                self.run(body)
            case ast.Try(body=body, handlers=handlers, orelse=orelse, finalbody=final):
                with self._under(NOTHING):
                    self.run(body)
                    for handler in handlers:
                        self.run(handler.body)
                    self.run(orelse)
                self.run(final)
            case ast.FunctionDef(name=name):
                self._define(name, node)
            case ast.ClassDef(name=name, body=body):
                methods = [each for each in body if isinstance(each, ast.FunctionDef)]
                self._functions |= {f".{each.name}": _Function(self._iteration, each) for each in methods}
                self._bind(name, replace(union(self.value(inner) for inner in _expressions(node)), function=True))
            case ast.Global(names=names) | ast.Nonlocal(names=names):
                if self._scopes:
                    scope = self._scopes[-1]
                    outer = scope.get(_OUTER, NOTHING)
                    scope[_OUTER] = replace(outer, hints=outer.hints | set(names))
            case ast.Return(value=value):
                if value is not None:
                    self._returned.append(self._controlled(self.value(value).at(step)))
            case ast.Import(names=names) | ast.ImportFrom(names=names):
                self._modules |= {(alias.asname or alias.name).partition(".")[0] for alias in names}
            case ast.Match(subject=subject, cases=cases):
                flow = self.value(subject)
                with self._under(flow):
                    for case in cases:
                        for pattern in ast.walk(case.pattern):
                            if isinstance(pattern, ast.MatchAs | ast.MatchStar) and pattern.name:
                                self._bind(pattern.name, flow.element())
                        self.run(case.body)
            case _:
                for expression in ast.iter_child_nodes(node):
                    if isinstance(expression, ast.expr):
                        self.value(expression)

    def _define(self, name: str, node: ast.FunctionDef) -> None:
        self._functions[name] = _Function(self._iteration, node)
        outer, self._returned = self._returned, []
        arguments = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
        defaults = [self.value(each) for each in [*node.args.defaults, *node.args.kw_defaults] if each is not None]
        self._scopes.append({argument.arg: NOTHING for argument in arguments})
        control, self._control = self._control, []
        try:
            self.run(node.body)
        finally:
            self._scopes.pop()
            self._control = control
        flow = union([*self._returned, *defaults])
        self._returned = outer
        self._bind(name, replace(flow.without_fields(), function=True))

    def _assign(self, target: ast.expr, flow: Flow, *, weak: bool = False) -> None:
        match target:
            case ast.Name(id=name):
                self._bind(name, flow, weak=weak)
            case ast.Starred(value=inner):
                self._assign(inner, flow, weak=weak)
            case ast.Tuple(elts=parts) | ast.List(elts=parts):
                for at, part in enumerate(parts):
                    one = flow.fields.get(at) if flow.fields is not None else None
                    self._assign(part, one.at(max(flow.steps)) if one and flow.steps else one or flow.element())
            case ast.Subscript(value=ast.Name(id=name), slice=index):
                self._set_item(name, index, flow)
            case ast.Subscript(value=inner) | ast.Attribute(value=inner):
                if (base := _base(inner)) is not None:
                    self._change(base, flow)

    def _set_item(self, name: str, index: ast.expr, flow: Flow) -> None:
        old = self._look_up(name, index)
        if isinstance(index, ast.Constant) and (old.fields is not None or old == NOTHING) and not self._control:
            fields = {**(old.fields or {}), index.value: flow}
            self._bind(name, replace(union([old.without_fields(), flow.without_fields()]), fields=fields))
        else:
            keys = self.value(index)
            self._change(name, union([flow, replace(keys, typed=keys.typed)]))

    def _change(self, name: str, flow: Flow) -> None:
        """Something in a variable has been changed."""
        for scope in [*reversed(self._scopes), self._variables]:
            if name in scope:
                scope[name] = union([scope[name].without_fields(), self._controlled(flow).without_fields()])
                return

    # Expressions.

    def value(self, node: ast.expr | None) -> Flow:
        """What an expression may come to."""
        if node is None:
            return NOTHING
        self._depth += 1
        try:
            if self._depth > _MOST_DEPTH:
                raise RecursionError
            return self._value(node)
        finally:
            self._depth -= 1

    def _value(self, node: ast.expr) -> Flow:
        match node:
            case ast.Constant(value=value):
                return flow_of_constant(value)
            case ast.Name(id=name):
                return self._look_up(name, node)
            case ast.NamedExpr(target=target, value=value):
                flow = self.value(value)
                self._assign(target, flow)
                return flow
            case ast.Attribute(value=inner, attr=name):
                flow = self.value(inner)
                return flow.counted() if name in POSITIONS and flow.origins else flow
            case ast.Subscript(value=inner, slice=index):
                return self._item(self.value(inner), index)
            case ast.UnaryOp(op=ast.Not(), operand=inner):
                return self.value(inner).counted()
            case ast.UnaryOp(op=ast.USub(), operand=inner):
                flow = self.value(inner)
                negative = {-each if isinstance(each, Decimal) else each for each in flow.typed}
                return replace(flow, typed=frozenset(negative), fields=None)
            case ast.BinOp(left=left, op=op, right=right):
                return self._operation(op, self.value(left), self.value(right), left, right)
            case ast.Compare(left=left, comparators=comparators):
                flows = [self.value(each) for each in (left, *comparators)]
                flow = union([replace(each, typed=frozenset()) for each in flows])
                return replace(flow.counted(), hints=flow.hints | _texts(flows))
            case ast.BoolOp(values=values):
                return union(self.value(each).without_fields() for each in values)
            case ast.IfExp(test=test, body=body, orelse=orelse):
                return union([self.value(body), self.value(orelse)]).under(self.value(test))
            case ast.Dict(keys=keys, values=values):
                return self._dict(keys, values)
            case ast.List(elts=parts) | ast.Tuple(elts=parts):
                flows = [self.value(part) for part in parts]
                whole = union(flow.without_fields() for flow in flows)
                plain = not any(isinstance(part, ast.Starred) for part in parts)
                return replace(whole, fields=dict(enumerate(flows)) if plain else None)
            case ast.ListComp(elt=element, generators=generators) | ast.SetComp(elt=element, generators=generators):
                return self._comprehension([element], generators)
            case ast.GeneratorExp(elt=element, generators=generators):
                return self._comprehension([element], generators)
            case ast.DictComp(key=key, value=value, generators=generators):
                return self._comprehension([key, value], generators)
            case ast.JoinedStr(values=values):
                return replace(union(self.value(each).without_fields() for each in values), composed=True)
            case ast.FormattedValue(value=inner):
                return self.value(inner)
            case ast.Lambda(args=arguments, body=body):
                with self._scope({argument.arg: NOTHING for argument in arguments.args}):
                    return replace(self.value(body), function=True)
            case ast.Call():
                return self._call(node)
            case ast.Yield(value=value) | ast.YieldFrom(value=value):
                flow = self.value(value)
                if value is not None:
                    self._returned.append(self._controlled(flow.element() if isinstance(node, ast.YieldFrom) else flow))
                return NOTHING
        children = [each for each in ast.iter_child_nodes(node) if isinstance(each, ast.expr)]
        return union(self.value(each) for each in children)

    @contextmanager
    def _scope(self, names: dict[str, Flow]) -> Iterator[None]:
        self._scopes.append(names)
        try:
            yield
        finally:
            self._scopes.pop()

    def _dict(self, keys: Sequence[ast.expr | None], values: Sequence[ast.expr]) -> Flow:
        flows = [self.value(value) for value in values]
        names = [self.value(key) for key in keys if key is not None]
        whole = union(flow.without_fields() for flow in [*flows, *names])
        if not all(isinstance(key, ast.Constant) for key in keys):
            return whole
        return replace(
            whole,
            fields={key.value: flow for key, flow in zip(keys, flows, strict=True) if isinstance(key, ast.Constant)},
        )

    def _item(self, base: Flow, index: ast.expr) -> Flow:
        if isinstance(index, ast.Slice):
            return base.without_fields()
        position = literal(index)
        if base.fields is not None and position is not None:
            found = base.fields.get(position)
            if found is None and isinstance(position, int) and position < 0:
                found = base.fields.get(len(base.fields) + position)
            if found is not None:
                return replace(found, steps=found.steps | base.steps)
        key = self.value(index)
        flow = base.without_fields()
        return replace(
            flow, sources=flow.sources, control=flow.control | key.origins, hints=flow.hints | key.hints | _texts([key])
        )

    def _operation(self, op: ast.operator, left: Flow, right: Flow, *operands: ast.expr) -> Flow:
        whole = union([left.without_fields(), right.without_fields()])
        texts = any(isinstance(each, str) and not is_number(each) for each in left.typed | right.typed)
        formatting = isinstance(op, ast.Mod) and texts
        if formatting or left.composed or right.composed or (isinstance(op, ast.Add) and texts):
            return replace(whole, composed=True)
        if isinstance(op, ast.Add) and any(isinstance(each, ast.List | ast.ListComp) for each in operands):
            return whole
        made = replace(whole, typed=frozenset(), sources=whole.sources | whole.control, computed=True)
        operands_typed = numbers(left.typed | right.typed)
        made = replace(made, dates=made.dates | dates(left.typed | right.typed))
        if isinstance(op, ast.Add | ast.Sub):
            return replace(made, added=made.added | operands_typed)
        if isinstance(op, ast.BitOr | ast.BitAnd | ast.BitXor):
            return whole
        return replace(made, factors=made.factors | operands_typed)

    def _comprehension(self, elements: Sequence[ast.expr], generators: Sequence[ast.comprehension]) -> Flow:
        control: list[Flow] = []
        with self._scope({}):
            for generator in generators:
                flow = self.value(generator.iter)
                kept, self._control = self._control, []
                self._assign(generator.target, flow.element())
                self._control = kept
                control.append(replace(flow, typed=frozenset(), fields=None))
                control += [replace(self.value(test), typed=frozenset(), fields=None) for test in generator.ifs]
            flow = union(self.value(element).without_fields() for element in elements)
        for each in control:
            flow = flow.under(each)
        return flow

    def _call(self, node: ast.Call) -> Flow:
        name = called(node)
        receiver = self._receiver(node)
        arguments = [*node.args, *(keyword.value for keyword in node.keywords)]
        if name == "FINAL" and isinstance(node.func, ast.Name):
            self._final(node)
            return NOTHING
        if (day := date_of_call(name, node)) is not None:
            return Flow(typed=frozenset([day]))
        flows = self._arguments(arguments, receiver)
        if name == "print" and isinstance(node.func, ast.Name):
            whole = self._controlled(union(flow.without_fields() for flow in flows))
            self.printed.append(Handed(self._iteration, node.lineno, whole))
            return NOTHING
        if isinstance(node.func, ast.Name) and (tool := self._tool(node, name, flows)) is not None:
            return tool
        if (returned := self._followed_into(node, receiver, flows)) is not None:
            return returned
        if name in MUTATING and isinstance(node.func, ast.Attribute) and (base := _base(node.func.value)):
            self._change(base, union(flow.without_fields() for flow in flows))
        function = self._look_up(name, node.func) if self._is_own(node.func) else NOTHING
        if name in ("max", "min") and any(keyword.arg == "key" for keyword in node.keywords):
            return union([flow.element() for flow in flows]).without_fields()  # picks one as it is
        return self._result(name, receiver, flows, function)

    def _followed_into(self, node: ast.Call, receiver: Flow, flows: list[Flow]) -> Flow | None:
        """What a function or method of the code's own returns, read with its arguments; None where that is not told."""
        match node.func:
            case ast.Name(id=name):
                function, base = self._functions.get(name), None
            case ast.Attribute(value=inner, attr=name):
                function, base = self._functions.get(f".{name}"), _base(inner)
            case _:
                return None
        if function is None or self._within >= _MOST_WITHIN or self._followed >= _MOST_FOLLOWED:
            return None
        if any(isinstance(each, ast.Starred) for each in node.args):
            return None
        own = isinstance(node.func, ast.Attribute)
        scope = _bound(function.node.args, node, [*([receiver] if own else []), *flows], own=own)
        for argument, default in function.defaults():
            scope.setdefault(argument, self.value(default) if default is not None else NOTHING)
        first = next(iter(scope), None)
        outer, self._returned = self._returned, []
        iteration, site = self._iteration, self._site
        if function.iteration != iteration and site is None:
            # Tools that it calls are called from here.
            self._site = (iteration, node.lineno, node.end_lineno or node.lineno)
        self._iteration, self._within, self._followed = function.iteration, self._within + 1, self._followed + 1
        self._scopes.append(scope)
        try:
            self.run(function.node.body)
        finally:
            self._scopes.pop()
            returned, self._returned = union(self._returned), outer
            self._iteration, self._site, self._within = iteration, site, self._within - 1
        if own and base is not None and first is not None:
            self._change(base, scope[first])
        if returned == NOTHING:
            return None
        return returned.at((self._iteration, node.lineno))

    def _is_own(self, function: ast.expr) -> bool:
        return isinstance(function, ast.Name) and function.id not in GIVEN and function.id not in self._modules

    def _receiver(self, node: ast.Call) -> Flow:
        if not isinstance(node.func, ast.Attribute):
            return NOTHING
        inner = node.func.value
        if isinstance(inner, ast.Name) and inner.id in self._modules | MODULES:
            return NOTHING
        return self.value(inner)

    def _arguments(self, arguments: Sequence[ast.expr], receiver: Flow) -> list[Flow]:
        """The flows of the arguments; a lambda among them is called with any of the others."""
        plain = [each for each in arguments if not isinstance(each, ast.Lambda)]
        flows = {id(each): self.value(each) for each in plain}
        others = union([receiver.element(), *(flow.element() for flow in flows.values())])
        for each in arguments:
            if isinstance(each, ast.Lambda):
                with self._scope({argument.arg: others for argument in each.args.args}):
                    flows[id(each)] = self.value(each.body)
        return [flows[id(each)] for each in arguments]

    def _tool(self, node: ast.Call, name: str, flows: list[Flow]) -> Flow | None:
        if name in self._variables or any(name in scope for scope in self._scopes):
            return None
        asked = replace(
            union(flow.without_fields() for flow in flows), typed=frozenset(), computed=False, composed=False
        )
        hints = asked.hints | _texts(flows)
        if name in SEARCHES | READS:
            flow = self._source("document", node, name)
            flow = replace(flow, steps=flow.steps | asked.steps, hints=hints)
            reckons = name == "sql" and any(word in hint.lower() for hint in hints for word in _AGGREGATES)
            return flow.counted() if name in COUNTING or reckons else flow
        if name in SUB_MODELS:
            flow = self._source("sub-model", node, name)
            return replace(flow, steps=flow.steps | asked.steps)
        if name == "history":
            # An earlier output: what was printed, constants among it.
            shown = union(each.flow.without_fields() for each in self._shown)
            return shown.under(self._source("document", node, name))
        if name in self._user_tools:
            flow = self._source("tool", node, name)
            return replace(flow, steps=flow.steps | asked.steps)
        return None

    def _result(self, name: str, receiver: Flow, flows: list[Flow], function: Flow) -> Flow:
        start = TYPED_FROM.get(name, 0)
        neutral = name in NEUTRAL
        parts = []
        for at, flow in enumerate(flows):
            if neutral or at < start:
                flow = replace(flow, typed=frozenset(), hints=flow.hints | _texts([flow]))
            parts.append(flow.without_fields() if len(flows) > 1 or name not in KEEPING else flow)
        if name in KEEPING and len(parts) == 1 and receiver == NOTHING:
            return parts[0]
        whole = union([receiver.without_fields(), *(part.without_fields() for part in parts), function])
        whole = replace(whole, function=False)
        if function != NOTHING:
            return whole  # a function of the cell's own, whatever its name
        if name in COUNTING:
            # How many there are of what was found does not depend on the constants among it.
            return (
                whole.counted() if whole.origins else replace(whole.counted(), added=whole.added | numbers(whole.typed))
            )
        if name in COMPUTING:
            return replace(whole.made(), typed=whole.typed if name in ("max", "min") else frozenset())
        if name == "range":
            return replace(whole, computed=True)
        if name == "join":
            return replace(whole, typed=frozenset(each for each in whole.typed if says_something(each)), composed=True)
        if name == "format":
            return replace(whole, composed=True)
        return whole

    def _final(self, node: ast.Call) -> None:
        named = [keyword.value for keyword in node.keywords if keyword.arg == "value"]
        argument = next(iter([*node.args[:1], *named]), None)
        if argument is None:
            return
        flow = self._controlled(self.value(argument)).at((self._iteration, node.lineno))
        try:
            constant, is_constant = ast.literal_eval(argument), True
        except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
            constant, is_constant = None, False
        self.finals.append(Handed(self._iteration, node.lineno, flow, constant, is_constant))


def _bound(arguments: ast.arguments, call: ast.Call, flows: list[Flow], *, own: bool) -> dict[str, Flow]:
    """The arguments of a call by the names that the function has for them; `own`: the first is the object itself."""
    plain = [each.arg for each in (*arguments.posonlyargs, *arguments.args)]
    count = len(call.args) + own
    scope = dict(zip(plain, flows[:count], strict=False))
    if arguments.vararg is not None:
        scope[arguments.vararg.arg] = union(flow.without_fields() for flow in flows[len(plain) : count])
    named = {*plain, *(each.arg for each in arguments.kwonlyargs)}
    for keyword, flow in zip(call.keywords, flows[count:], strict=True):
        if keyword.arg in named:
            scope[str(keyword.arg)] = flow
        elif arguments.kwarg is not None:
            scope[arguments.kwarg.arg] = union([scope.get(arguments.kwarg.arg, NOTHING), flow.without_fields()])
    return scope


def _texts(flows: Iterable[Flow]) -> frozenset[str]:
    """The constants as hints of which line is meant."""
    return frozenset(str(each) for flow in flows for each in flow.typed)


def _base(node: ast.expr) -> str | None:
    """The variable that an expression such as `a.b[c]` begins with."""
    while isinstance(node, ast.Attribute | ast.Subscript | ast.Call):
        node = node.func if isinstance(node, ast.Call) else node.value
    return node.id if isinstance(node, ast.Name) else None


def _expressions(node: ast.AST) -> Iterator[ast.expr]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.expr):
            yield child
        elif isinstance(child, ast.stmt):
            yield from _expressions(child)
