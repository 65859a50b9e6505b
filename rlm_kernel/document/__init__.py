"""What a context is: loaded, fingerprinted, shared between processes, and searched. Imports nothing else of ours."""

from .document import Document
from .errors import DocumentError
from .origins import Origin, origin_of, renamed
from .places import Places
from .search.searcher import GrepMatch, Match, Sample, Searcher, TextStats, to_number
from .text import Text

__all__ = [
    "Document",
    "DocumentError",
    "GrepMatch",
    "Match",
    "Origin",
    "Places",
    "Sample",
    "Searcher",
    "Text",
    "TextStats",
    "origin_of",
    "renamed",
    "to_number",
]
