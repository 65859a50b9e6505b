"""Makes ipywidgets and sees to it that each of them is closed.

All share one layout and one style, which are widgets too: a thousand rows would otherwise be three thousand of them.
"""

from __future__ import annotations

from typing import Any

from ...render.escape import Markup


class Kit:
    """Widgets that end together. `branch` gives a kit for a part of them that may end earlier."""

    def __init__(self, parent: Kit | None = None) -> None:
        import ipywidgets

        self._widgets = ipywidgets
        self._made: list[Any] = []
        self._branches: list[Kit] = []
        self._parent = parent
        self._first = parent is None
        self._layout: Any = parent._layout if parent else ipywidgets.Layout()
        self._style: Any = parent._style if parent else self._style_of_all()

    def _style_of_all(self) -> Any:
        return self._keep(self._widgets.HTML(layout=self._layout)).style

    def _keep(self, widget: Any) -> Any:
        self._made.append(widget)
        return widget

    def html(self, value: Markup, *classes: str) -> Any:
        """HTML."""
        widget = self._widgets.HTML(str(value), layout=self._layout, style=self._style, _dom_classes=classes)
        return self._keep(widget)

    def column(self, children: list[Any], *classes: str) -> Any:
        """Widgets one below the other."""
        return self._keep(self._widgets.VBox(children, layout=self._layout, _dom_classes=classes))

    def line(self, children: list[Any], *classes: str) -> Any:
        """Widgets side by side."""
        return self._keep(self._widgets.HBox(children, layout=self._layout, _dom_classes=classes))

    def button(self, text: str, icon: str, tooltip: str, pressed: Any) -> Any:
        """A button; `pressed` is called with it."""
        button = self._keep(self._widgets.Button(description=text, icon=icon, tooltip=tooltip))
        button.on_click(pressed)
        return button

    def textarea(self, label: str, value: str) -> Any:
        """A field for several lines of code."""
        rows = min(max(value.count("\n") + 2, 4), 24)
        return self._keep(self._widgets.Textarea(value, description=label, rows=rows, _dom_classes=("rlm-edit",)))

    def branch(self) -> Kit:
        """A kit that `close` of this one closes too."""
        made = Kit(self)
        self._branches.append(made)
        return made

    def close(self) -> None:
        """Close everything that this kit and its branches have made."""
        for branch in list(self._branches):
            branch.close()
        if self._parent is not None:
            self._parent._branches.remove(self)
            self._parent = None
        self.clear()
        if self._first:
            self._style.close()
            self._layout.close()

    def clear(self) -> None:
        """Close what this kit has made itself, not its branches."""
        for widget in reversed(self._made):
            # A widget's layout and style are widgets too, which its close() leaves behind.
            for inner in (getattr(widget, "layout", None), getattr(widget, "style", None)):
                if inner is not None and inner is not self._layout and inner is not self._style:
                    inner.close()
            widget.close()
        self._made.clear()
