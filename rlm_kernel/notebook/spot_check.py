"""A widget in which a person checks labels of a sub-model: one text after the other, blind to the label."""

from __future__ import annotations

import functools
import html
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import ipywidgets

from ..engine.labels import draw, re_estimated
from ..engine.labels.texts import texts_of
from ..render.sanitize import plain
from ..trace import Estimate, Trace

_SHOWN = 5_000
_TEXT = (
    '<pre class="mathjax_ignore tex2jax_ignore" style="white-space: pre-wrap; max-height: 300px; overflow: auto; '
    'border: 1px solid var(--jp-border-color2, #ccc); padding: 8px">{}</pre>'
)


class SpotCheck:
    """The check of `count` labels of an answer (or a trace), drawn by `seed` and stratified by label.

    Display it: a button for each label, and a box in which the label's number and Enter do the same. `path` is a JSON
    file in which each answer is saved at once, and from which the check goes on. `labels` has the answers so far, by
    the text's number, and `estimates` what follows from them. Raises ValueError where the trace has no labels or does
    not hold their texts, or where the file is of another check.
    """

    def __init__(
        self,
        answer: Any,
        count: int = 100,
        *,
        seed: int = 0,
        labelling: int = 0,
        path: str | Path | None = None,
    ) -> None:
        self._trace: Trace = getattr(answer, "trace", answer)
        if not self._trace.labellings:
            raise ValueError("This answer rests on no labels: its code has not called label().")
        self._labelling = self._trace.labellings[labelling]
        self._texts = texts_of(self._trace, self._labelling)
        self._path = None if path is None else Path(path)
        self._key = {"digest": self._trace.digest, "labelling": self._labelling.id, "seed": seed, "count": count}
        self.numbers: list[int] = draw(self._labelling.given, count, seed)
        self.labels: dict[int, str] = self._saved()
        self._widget: _View | None = None

    @property
    def text(self) -> str | None:
        """The text that is to be judged now; None when all are."""
        number = self._number()
        return None if number is None else self._texts[number]

    @property
    def choices(self) -> list[str]:
        """The labels to choose from."""
        return list(self._labelling.labels)

    @property
    def estimates(self) -> list[Estimate]:
        """The answer's estimates by the check so far."""
        return re_estimated(self._trace, self._labelling, self.labels)

    def choose(self, label: str) -> None:
        """Give the text that is shown its label. Raises ValueError for another label; does nothing after the last."""
        if label not in self._labelling.labels:
            raise ValueError(f"{label!r} is none of the labels: {', '.join(map(repr, self._labelling.labels))}")
        if (number := self._number()) is not None:
            self.labels[number] = label
            self._changed()

    def back(self) -> None:
        """Take the last answer back."""
        if self.labels:
            self.labels.popitem()
            self._changed()

    def _number(self) -> int | None:
        return next((number for number in self.numbers if number not in self.labels), None)

    def _changed(self) -> None:
        if self._path is not None:
            answers = [[number, label] for number, label in self.labels.items()]
            temporary = self._path.with_name(f".{self._path.name}.{os.getpid()}.new")
            temporary.write_text(json.dumps(self._key | {"answers": answers}, ensure_ascii=False), encoding="utf-8")
            temporary.replace(self._path)
        if self._widget is not None:
            self._widget.update()

    def _saved(self) -> dict[int, str]:
        if self._path is None or not self._path.exists():
            return {}
        try:
            saved = json.loads(self._path.read_text(encoding="utf-8"))
            labels = {int(number): str(label) for number, label in saved["answers"]}
            same = all(saved[name] == value for name, value in self._key.items())
        except (ValueError, KeyError, TypeError):
            raise ValueError(f"{self._path} holds no spot-check: give another path.") from None
        if not same or not set(labels) <= set(self.numbers) or not set(labels.values()) <= set(self._labelling.labels):
            raise ValueError(f"{self._path} is the spot-check of another answer, seed or count: give another path.")
        return labels

    @property
    def widget(self) -> Any:
        """The widget, made when it is first asked for."""
        if self._widget is None:
            self._widget = _View(self)
        return self._widget.box

    def _repr_mimebundle_(self, **options: Any) -> Any:
        return self.widget._repr_mimebundle_(**options)

    def __repr__(self) -> str:
        return f"SpotCheck({len(self.labels)} of {len(self.numbers)} texts checked)"


class _View:
    """What is shown of a check. All text is the document's, and escaped."""

    def __init__(self, check: SpotCheck) -> None:
        self._check = check
        self._progress = ipywidgets.HTML()
        self._text = ipywidgets.HTML()
        self._result = ipywidgets.HTML()
        self._buttons = [
            _button(f"{place} {plain(label)[:60]}", functools.partial(check.choose, label))
            for place, label in enumerate(check.choices, 1)
        ]
        self._back = _button("back", check.back)
        self._typed = ipywidgets.Text(
            placeholder="number of the label, then Enter",
            continuous_update=False,
            layout=ipywidgets.Layout(width="240px"),
        )
        self._typed.observe(self._on_typed, names="value")
        buttons = ipywidgets.HBox([*self._buttons, self._back], layout=ipywidgets.Layout(flex_flow="row wrap"))
        self.box = ipywidgets.VBox([self._progress, self._text, buttons, self._typed, self._result])
        self.update()

    def update(self) -> None:
        """Show the text that is to be judged now, or the result."""
        check, text = self._check, self._check.text
        done, total = len(check.labels), len(check.numbers)
        self._progress.value = f"<b>{done} of {total} checked</b>. Which label fits?" if text is not None else ""
        shown = "" if text is None else _escaped(text if len(text) <= _SHOWN else f"{text[:_SHOWN]} [...]")
        self._text.value = "" if text is None else _TEXT.format(shown)
        for button in self._buttons:
            button.disabled = text is None
        self._back.disabled = not check.labels
        # Before the end a result would tell what the labels were, and the check would not be blind.
        results = check.estimates if text is None else []
        self._result.value = "<br>".join(_escaped(each.text) for each in results)

    def _on_typed(self, change: Any) -> None:
        typed = str(change["new"]).strip()
        if not typed:
            return
        self._typed.value = ""
        if typed.isdecimal() and 1 <= int(typed) <= len(self._check.choices):
            self._check.choose(self._check.choices[int(typed) - 1])


def _button(words: str, act: Callable[[], None]) -> Any:
    button = ipywidgets.Button(description=words, layout=ipywidgets.Layout(width="auto"))
    button.on_click(lambda _button: act())
    return button


def _escaped(text: str) -> str:
    return html.escape(plain(text))
