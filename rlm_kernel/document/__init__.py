"""What a context is: loaded, fingerprinted, shared between processes, and searched. Imports nothing else of ours."""

from .document import Document, DocumentError
from .search import GrepMatch, Match, Sample, Searcher, TextStats, to_number
from .text import Text

__all__ = [
    "Document",
    "DocumentError",
    "GrepMatch",
    "Match",
    "Sample",
    "Searcher",
    "Text",
    "TextStats",
    "to_number",
]
