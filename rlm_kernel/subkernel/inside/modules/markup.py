"""`html.parser` and `xml.etree.ElementTree`: documents in the cell's hands, without entities and without files."""

from __future__ import annotations

import html.parser
import importlib
import io
import sys
import types
import xml.parsers.expat  # noqa: F401  the parser imports it on first use, which is too late then
from collections.abc import Callable, Iterator
from typing import Any

from ..guards import guarded_getattr
from ..own_classes import allowed_bases
from ..writing import allow_writing

_NAME = "xml.etree.ElementTree"


def _pure_element_tree() -> types.ModuleType:
    """The module as it is without its C code, whose elements can be changed while C code walks over them."""
    before = {name: sys.modules.pop(name, None) for name in (_NAME, "_elementtree")}
    sys.modules["_elementtree"] = None  # type: ignore[assignment]
    package = importlib.import_module("xml.etree")
    attribute = getattr(package, "ElementTree", None)
    try:
        return importlib.import_module(_NAME)
    finally:
        for name, module in before.items():
            sys.modules.pop(name, None)
            if module is not None:
                sys.modules[name] = module
        if attribute is not None:
            package.ElementTree = attribute  # type: ignore[attr-defined]


_ET: Any = _pure_element_tree()
Element, ParseError = _ET.Element, _ET.ParseError
# As the elements of C code give them.
Element.items = lambda self: list(self.attrib.items())
Element.keys = lambda self: list(self.attrib.keys())


class TreeBuilder(_ET.TreeBuilder):  # type: ignore[misc]
    """Python's own, for elements of Python's own."""

    def __init__(self) -> None:
        super().__init__()


def _parse_text(text: Any, target: Any = None) -> Any:
    """The root element of a document, or what the target's `close` gives."""
    if not isinstance(text, str | bytes | bytearray):
        raise TypeError(f"a str or bytes-like object is required, not {type(text).__name__!r}")
    parser = XMLParser(target=target)
    parser.feed(str.__str__(text) if isinstance(text, str) else bytes(text))
    return parser.close()


class XMLParser:
    """Stands for `ElementTree.XMLParser`: refuses entities, of which a few lines can make gigabytes."""

    def __init__(self, *, target: Any = None, encoding: str | None = None) -> None:
        parser = _ET.XMLParser(target=TreeBuilder() if target is None else target, encoding=encoding)
        expat = parser.parser
        expat.EntityDeclHandler = _refuse_entity
        self._feed, self._close = parser.feed, parser.close

    def feed(self, data: Any) -> None:
        """Read a part of the document."""
        self._feed(data)

    def close(self) -> Any:
        """End the document: its root element, or what the target's `close` gives."""
        return self._close()


def _refuse_entity(name: str, *_rest: Any) -> None:
    raise ValueError(
        f"the XML declares the entity {name!r}, and entities are not read in the sandbox: take it out first"
    )


def _content(source: Any) -> Any:
    if isinstance(source, str | bytes):
        raise FileNotFoundError("there are no files in the sandbox: use ElementTree.fromstring(text)")
    return guarded_getattr(source, "read")()


class ElementTree(_ET.ElementTree):  # type: ignore[misc]
    """Python's own, which reads and writes only what is in the cell's hands."""

    def __init__(self, element: Any = None, file: Any = None) -> None:
        if element is not None and not isinstance(element, Element):
            raise TypeError(f"expected an Element, not {type(element).__name__}")
        super().__init__(element)
        if file is not None:
            self.parse(file)

    def parse(self, source: Any, parser: Any = None) -> Any:
        """Read a document from an object with a method `read`."""
        self._root = _from_text(_content(source), parser)
        return self._root

    def write(self, file_or_filename: Any, encoding: str | None = None, *args: Any, **options: Any) -> None:
        """Write the document to a `StringIO` or `BytesIO`."""
        if isinstance(file_or_filename, str | bytes):
            raise FileNotFoundError("there are no files in the sandbox: use ElementTree.tostring(element)")
        if type(file_or_filename) not in (io.StringIO, io.BytesIO):
            raise TypeError("write takes an io.StringIO or io.BytesIO in the sandbox")
        text = isinstance(file_or_filename, io.StringIO)
        super().write(file_or_filename, "unicode" if text else encoding, *args, **options)

    write_c14n = None


def _from_text(text: Any, parser: Any = None) -> Any:
    if parser is None:
        return _parse_text(text)
    if type(parser) is not XMLParser:
        raise TypeError("parser takes an ElementTree.XMLParser")
    parser.feed(text)
    return parser.close()


def _xml_ids(text: Any, parser: Any = None) -> tuple[Any, dict[Any, Any]]:
    tree = _from_text(text, parser)
    return tree, {element.get("id"): element for element in tree.iter() if element.get("id")}


def _parsed(source: Any, parser: Any = None) -> ElementTree:
    tree = ElementTree()
    tree.parse(source, parser)
    return tree


def _iterparse(source: Any, events: Any = None, parser: Any = None) -> Iterator[tuple[str, Any]]:
    kinds = tuple(events or ("end",))
    if set(kinds) - {"start", "end"}:
        raise ValueError("iterparse gives the events 'start' and 'end' in the sandbox")

    def walk(element: Any) -> Iterator[tuple[str, Any]]:
        if "start" in kinds:
            yield "start", element
        for child in list(element):
            yield from walk(child)
        if "end" in kinds:
            yield "end", element

    yield from walk(_from_text(_content(source), parser))


def _subelement(parent: Any, tag: Any, attrib: Any = None, **extra: Any) -> Any:
    if not isinstance(parent, Element):
        raise TypeError(f"expected an Element, not {type(parent).__name__}")
    return _ET.SubElement(parent, tag, {} if attrib is None else attrib, **extra)


def _dump(write: Callable[[str], None]) -> Callable[[Any], None]:
    def dump(elem: Any) -> None:
        write(_ET.tostring(elem.getroot() if isinstance(elem, ElementTree) else elem, "unicode") + "\n")

    return dump


def stand_ins(write: Callable[[str], None]) -> dict[str, dict[str, Any]]:
    """See the package."""
    allow_writing(Element, ElementTree)
    allowed_bases.append(html.parser.HTMLParser)
    functions = ("Comment", "PI", "ProcessingInstruction", "indent", "iselement", "tostring", "tostringlist")
    return {
        _NAME: {name: getattr(_ET, name) for name in functions}
        | {
            "Element": Element,
            "ElementTree": ElementTree,
            "ParseError": ParseError,
            "QName": _ET.QName,
            "SubElement": _subelement,
            "TreeBuilder": TreeBuilder,
            "XMLParser": XMLParser,
            "XML": _from_text,
            "XMLID": _xml_ids,
            "fromstring": _from_text,
            "fromstringlist": lambda sequence, parser=None: _from_text("".join(sequence), parser),
            "iterparse": _iterparse,
            "parse": _parsed,
            "register_namespace": _ET.register_namespace,
            "dump": _dump(write),
            "canonicalize": lambda xml_data: _ET.canonicalize(str.__str__(xml_data)),
        }
    }
