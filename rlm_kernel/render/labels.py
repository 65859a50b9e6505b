"""What a run, an iteration, a call and an item of the answer are called, in one line of plain text each."""

from __future__ import annotations

from ..trace import BANNER, VERDICTS, Call, Grounding, Iteration, IterationStarted, Span, Trace, Usage
from .escape import one_line, readable
from .html.elements import count

STATUS_WORDS = {
    "running": "running",
    "answered": "answered",
    "exhausted": "a limit was reached",
    "stopped": "stopped",
    "failed": "failed",
    "disputed": "disputed",
    "uncertain": "not certain enough",
}


def facts(trace: Trace) -> list[str]:
    """Status, size, cost, model and isolation of a run, each a few words."""
    found = [STATUS_WORDS[trace.status], count(len(trace.iterations), "iteration")]
    found += [f"{trace.seconds:.1f} s", usage_text(trace.usage)]
    found.append(f"model {one_line(trace.model, 80)}" if trace.model else "")
    found.append(f"sub-model {one_line(trace.sub_model, 80)}" if trace.sub_model else "")
    found.append(f"isolation: {one_line(trace.isolation_text, 200)}")
    if trace.parent is not None:
        found.append(f"a fork of run {one_line(trace.parent.digest, 12)}, anew from iteration {trace.parent.iteration}")
    return [fact for fact in found if fact]


def usage_text(usage: Usage) -> str:
    """Calls, tokens and cost in a few words; estimates are marked by `about`."""
    about = "about " if usage.estimated else ""
    retries = f" and {count(usage.retries, 'retry').replace('retrys', 'retries')}" if usage.retries else ""
    tokens = f"{about}{usage.prompt_tokens:,} tokens in, {usage.completion_tokens:,} out"
    text = f"{count(usage.calls, 'call')}{retries}, {tokens}"
    return text if usage.cost is None else f"{text}, cost {usage.cost:.4f}"


def iteration_title(turn: Iteration) -> str:
    """One line: the number, how it went, and the first words of what was said."""
    return " · ".join([f"Iteration {turn.index}", *iteration_words(turn)])


def iteration_words(turn: Iteration, *, said: bool = True) -> list[str]:
    """How an iteration went, without its number; `said`: with the first words of what was said."""
    words = []
    if turn.error:
        words.append(f"error: {one_line(turn.error.type, 40)}")
    if turn.lost_state:
        words.append("sandbox restarted")
    if turn.calls:
        words.append(count(len(turn.calls), "sub-call"))
    if turn.repairs:
        words.append(count(len(turn.repairs), "repair"))
    if turn.model_usage.retries:
        words.append(count(turn.model_usage.retries, "retry").replace("retrys", "retries"))
    if turn.cached:
        words.append("from the cache")
    if turn.seconds:
        words.append(f"{turn.seconds:.1f} s")
    first = prose(turn.reply) or next(iter((turn.code or "").strip().splitlines()), "") if said else ""
    return [*words, one_line(first, 90)] if first else words


def prose(reply: str) -> str:
    """What a reply says before its first block of code."""
    return reply[:20_000].split("```", 1)[0].strip()


def call_title(call: Call) -> str:
    """One line: what was asked of whom, how it went."""
    words = [call.kind if call.kind != "tool" else f"tool {one_line(call.name, 60)}"]
    words += [one_line(call.model, 60)] if call.model else []
    words += [f"line {call.line}"] if call.line else []
    words += ["from the cache"] if call.cached else [f"{call.seconds:.1f} s"]
    if call.trace is not None:
        words += [STATUS_WORDS[call.trace.status], count(len(call.trace.iterations), "iteration")]
    words += [f"error: {one_line(call.error, 120)}"] if call.error else []
    return " · ".join([*words, one_line(call.prompt, 90)])


def call_came(call: Call) -> str:
    """What came back of a call, on one line."""
    if call.error is not None:
        return f"error: {one_line(call.error, 200)}"
    if call.trace is not None and call.response is None:
        return one_line(readable(call.trace.value), 200)
    return one_line(call.response or "", 200)


def is_doubtful(item: Grounding) -> bool:
    """Whether an item of the answer is one that a reader must look into."""
    return item.verdict == "ungrounded"


def grounding_rows(items: list[Grounding]) -> list[tuple[Grounding, bool]]:
    """The items of an answer and, after each, those of its parts that have a verdict of their own (True: a part). What
    was found nowhere comes first."""
    ordered = sorted(items, key=lambda item: not is_doubtful(item))
    return [(row, row is not item) for item in ordered for row in item.rows()]


def grounding_name(item: Grounding) -> str:
    """What a verdict is about: the item, after the way that leads to it within the answer."""
    shown = one_line(item.item, 120)
    return f"{one_line(item.path, 60)}: {shown}" if item.path else shown


def grounding_words(item: Grounding) -> str:
    """The verdict with its sign, without the place."""
    symbol, words = VERDICTS[item.verdict]
    return f"{symbol} {words}"


def grounding_text(item: Grounding) -> str:
    """Where an item of the answer comes from, in words."""
    return " ".join(part for part in (grounding_words(item), grounding_place(item)) if part)


def grounding_place(item: Grounding) -> str:
    """The place that a verdict is about: lines of a document, code and what it worked on, a call, searches."""
    match item.verdict:
        case "document":
            return with_place(f"{one_line(item.source or '', 80)} {_lines(item.lines)}".strip(), item.place)
        case "computed":
            made = f"by iteration {item.iteration}" if item.iteration else ""
            return "; ".join(part for part in (made, derivation_text(item)) if part)
        case "typed":
            return f"by the output of iteration {item.iteration}" if item.iteration else "by the question"
        case "sub-model":
            return f"in call {item.call}" if item.call else ""
        case "absent":
            named = ", ".join(one_line(f"{each.tool}({each.pattern!r})", 80) for each in item.searches[:5])
            more = f" and {len(item.searches) - 5:,} more" if len(item.searches) > 5 else ""
            searches = count(len(item.searches), "search").replace("searchs", "searches")
            return f"after {searches} that found nothing: {named}{more}" if named else "no search for it is recorded"
        case _:
            return ""


def with_place(words: str, place: str) -> str:
    """What says which lines, with where they stand in the user's file: `annual.pdf line 95 (page 47)`."""
    return f"{words} ({one_line(place, 100)})" if place else words


def derivation_text(item: Grounding) -> str:
    """What a computed value rests on: lines of the documents, sub-calls, constants of the code."""
    made = item.derivation
    if made is None:
        return ""
    parts = [f"from {spans_text(made.spans)}"] if made.spans else []
    if made.calls:
        calls = ", ".join(map(str, made.calls[:5])) + (" …" if len(made.calls) > 5 else "")
        parts.append(f"from {'call' if len(made.calls) == 1 else 'calls'} {calls}")
    parts += [f"with {', '.join(made.typed[:5])} in the code"] if made.typed else []
    return "; ".join(parts)


def _lines(numbers: list[int]) -> str:
    if not numbers:
        return ""
    shown = ", ".join(str(line) for line in numbers[:8]) + (" …" if len(numbers) > 8 else "")
    return f"line {shown}" if len(numbers) == 1 else f"lines {shown}"


def iteration_text(event: IterationStarted) -> str:
    """Which iteration begins. The one after the last is asked for the best guess."""
    if event.index > event.max_iterations:
        return f"after {count(event.max_iterations, 'iteration')}: the best guess"
    return f"iteration {event.index} of {event.max_iterations}"


def grounding_sum(items: list[Grounding]) -> str:
    """How many items of the answer, figures and names of its texts among them, come from where, the worst first: `1 of
    8 items found nowhere · 5 in the document · 2 computed · prose not checked`. Prose is no item: nobody checks it."""
    rows = [row for item in items for row in item.rows()]
    counts = {verdict: sum(row.verdict == verdict for row in rows) for verdict in BANNER}
    proses = counts.pop("prose")
    checked = sum(counts.values())
    parts = [f"{counts[verdict]:,} {BANNER[verdict]}" for verdict in BANNER if counts.get(verdict)]
    if checked and counts["ungrounded"]:
        parts[0] = f"{counts['ungrounded']:,} of {count(checked, 'item')} {BANNER['ungrounded']}"
    elif checked:
        parts[0] = f"{count(checked, 'item')}: {parts[0]}"
    return " · ".join([*parts, *([BANNER["prose"]] if proses else [])])


def spans_text(spans: list[Span]) -> str:
    """The lines that were looked at; neighbours are joined."""
    ranges: dict[str, list[list[int]]] = {}
    for span in spans[:2_000]:
        known = ranges.setdefault(span.source, [])
        if known and known[-1][0] <= span.start_line <= known[-1][1] + 1:
            known[-1][1] = max(known[-1][1], span.end_line)
        else:
            known.append([span.start_line, span.end_line])
    words = []
    for source, found in ranges.items():
        shown = ", ".join(str(first) if first == last else f"{first}-{last}" for first, last in found[:30])
        # A part's name is `report.txt, lines 95 to 112`, and would run into the numbers.
        between = ": " if source[-1:].isdigit() else " "
        words.append(f"{source}{between}{shown}" + (f" and {len(found) - 30:,} more" if len(found) > 30 else ""))
    return one_line("; ".join(words), 400)
