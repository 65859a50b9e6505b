"""The questions of step mode as widgets: code with Run, Edit and Stop, the price of a batch with Go on and Refuse."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ...render.escape import inline, markup
from ...render.html.code import code_html
from ...render.html.elements import labelled
from ..step_mode import Question, price
from .kit import Kit


class QuestionBox:
    """One question; `stop` is what Stop does besides answering. `box` is empty once it is closed."""

    def __init__(self, kit: Kit, question: Question, stop: Callable[[], None]) -> None:
        self._kit = kit.branch()
        self._question, self._stop = question, stop
        self.box = self._kit.column([], "rlm-ask")
        if question.plan is not None:
            self._batch()
        else:
            self._code()

    def _batch(self) -> None:
        assert self._question.plan is not None
        words = self._kit.html(markup("<b>A large batch:</b> {}", inline(price(self._question.plan))))
        go_on = self._button("Go on", "play", "Send the batch", True)
        refuse = self._button("Refuse", "ban", "Do not send it; the code is told so", False)
        self.box.children = [words, self._kit.line([go_on, refuse])]

    def _code(self) -> None:
        code = self._question.code or ""
        title = f"Iteration {self._question.iteration} is about to run this code:"
        # Whole, however long: what is approved is what is shown.
        shown = self._kit.html(labelled(title, code_html(code, len(code))))
        run = self._button("Run", "play", "Run this code", code)
        edit = self._kit.button("Edit", "pencil", "Change the code before it runs", lambda _: self._edit(code))
        self.box.children = [shown, self._kit.line([run, edit, self._stop_button()])]

    def _edit(self, code: str) -> None:
        title = self._kit.html(inline(f"Iteration {self._question.iteration} will run what you leave here:"))
        field = self._kit.textarea("Code", code)
        run = self._kit.button("Run", "play", "Run the code as it is now", lambda _: self._question.answer(field.value))
        back = self._kit.button("Back", "undo", "Forget the changes", lambda _: self._code())
        self.box.children = [title, field, self._kit.line([run, back, self._stop_button()])]
        field.focus()

    def _button(self, text: str, icon: str, tooltip: str, decision: str | bool) -> Any:
        return self._kit.button(text, icon, tooltip, lambda _: self._question.answer(decision))

    def _stop_button(self) -> Any:
        def stop(_: Any) -> None:
            self._question.refuse()
            self._stop()

        return self._kit.button("Stop", "stop", "Stop this run and keep what it has found so far", stop)

    def close(self) -> None:
        """Take it away."""
        self._kit.close()
