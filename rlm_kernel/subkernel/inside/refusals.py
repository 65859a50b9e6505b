"""What is not there, and what does its job here: modules, members of modules, and names that models expect."""

from __future__ import annotations

_FILES = "there are no files here; the document is in `context`"
_NETWORK = "there is no network here; the document is in `context`"
_CONCURRENT = "llm_query_batched runs prompts, concurrent.futures.ThreadPoolExecutor runs functions"
_TABLES = "use tables(), sql(query), csv or collections.Counter"
_NUMBERS = "use math, statistics and list comprehensions"
_FORMATS = "the document has been converted to text: it is in `context`"
_TEXTS = "use re, grep(pattern) or llm_query"
_DATES = "use datetime.datetime.strptime or fromisoformat"
_LAYOUT = "use print with f-strings"
_INSIDE = "use dir(), help() or type() of the object"

# Why a module that models often ask for is not there.
MODULES = {
    "annotationlib": "use typing.get_type_hints",
    "bs4": "use html.parser, re or grep(pattern)",
    "builtins": "the builtins are there without an import",
    "chardet": "the document has been decoded: it is in `context`",
    "compression": "use zlib, gzip, bz2 or lzma",
    "ctypes": "use struct or int.from_bytes",
    "dateutil": _DATES,
    "dill": "use json",
    "docx": _FORMATS,
    "duckdb": "use sql(query)",
    "fitz": _FORMATS,
    "fuzzywuzzy": "use fuzzy_search(query) or difflib",
    "glob": _FILES,
    "httpx": _NETWORK,
    "importlib": "use an import statement",
    "langchain": "use llm_query and llm_query_batched",
    "Levenshtein": "use fuzzy_search(query) or difflib",
    "lxml": "use xml.etree.ElementTree or html.parser",
    "marshal": "use json",
    "matplotlib": "nobody can see a plot here: print the numbers",
    "multiprocessing": _CONCURRENT,
    "networkx": "use dicts, collections.deque and heapq",
    "nltk": _TEXTS,
    "numpy": _NUMBERS,
    "openai": "use llm_query and llm_query_batched",
    "openpyxl": f"{_FORMATS}, and its sheets are in tables()",
    "pandas": _TABLES,
    "pdfplumber": _FORMATS,
    "pickle": "use json",
    "platform": "use sys.version_info",
    "polars": _TABLES,
    "pprintpp": "use pprint",
    "pydantic": "use dataclasses",
    "PyPDF2": _FORMATS,
    "pypdf": _FORMATS,
    "pytz": "use zoneinfo.ZoneInfo",
    "rapidfuzz": "use fuzzy_search(query) or difflib",
    "regex": "use re or grep(pattern)",
    "requests": _NETWORK,
    "rich": _LAYOUT,
    "scipy": _NUMBERS,
    "seaborn": "nobody can see a plot here: print the numbers",
    "shutil": _FILES,
    "signal": "a cell is stopped from outside",
    "sklearn": _NUMBERS,
    "socket": _NETWORK,
    "spacy": _TEXTS,
    "sqlite3": "use sql(query)",
    "subprocess": "there are no processes here",
    "sympy": "use fractions, decimal and math",
    "tabulate": _LAYOUT,
    "tempfile": f"{_FILES}; to hold a text use io.StringIO",
    "thefuzz": "use fuzzy_search(query) or difflib",
    "threading": _CONCURRENT,
    "tiktoken": "use count_tokens(text)",
    "timeit": "use time.perf_counter",
    "tokenize": "use ast.parse",
    "tqdm": "iterate over the list itself",
    "transformers": "use llm_query and count_tokens",
    "urllib3": _NETWORK,
    "weakref": "use an ordinary dict",
    "xlrd": _FORMATS,
    "yaml": "use re or configparser for simple files",
    "zipfile": _FILES,
}
OTHER_MODULES = "only text and data modules of the standard library are"

# What to use in the place of most members of a module that is there in part.
PARTS = {
    "inspect": _INSIDE,
    "os": f"{_FILES}; os.path has what works on the text of a path",
    "os.path": _FILES,
}
# The same for single members of modules that are there.
MEMBERS = {
    "ast.Interactive": "use ast.Module",
    "codecs.open": _FILES,
    "concurrent.interpreters": _CONCURRENT,
    "datetime.datetime.fromtimestamp": "use datetime.datetime.fromtimestamp",
    "email.message_from_string": "split the headers with re, and use email.utils for dates and addresses",
    "gzip.open": "use gzip.decompress(data)",
    "io.open": _FILES,
    "io.TextIOWrapper": "use io.StringIO(data.decode())",
    "json.tool": "use json.dumps(value, indent=2)",
    "logging.FileHandler": "use logging.StreamHandler",
    "logging.config": "use logging.basicConfig",
    "logging.handlers": "use logging.StreamHandler",
    "string.Formatter": "use f-strings or str.format",
    "string.templatelib": "use f-strings or str.format",
    "sys.remote_exec": "there are no other processes here",
    "sys.stdin": "nobody can type here: the document is in `context`",
    "sys.modules": "use an import statement",
    "sys.path": "use an import statement",
    "urllib.request": _NETWORK,
    "xml.dom": "use xml.etree.ElementTree",
    "xml.sax": "use xml.etree.ElementTree",
    "xml.sax.saxutils": "use html.escape and html.unescape",
}

# Names that a cell has not defined, as other sandboxes and notebooks have them -> what does the job here.
NAMES = {
    "FINAL_ANSWER": "use FINAL(value)",
    "FINAL_VAR": "use FINAL(variable), with the variable itself",
    "SHOW_VARS": "use show_vars()",
    "SUBMIT": "use FINAL(value)",
    "answer": "use FINAL(value)",
    "display": "use print(value)",
    "document": "the document is in `context`",
    "final_answer": "use FINAL(value)",
    "get_ipython": "there is no IPython here: write plain Python",
    "np": f"numpy is not available in the sandbox: {_NUMBERS}",
    "pd": f"pandas is not available in the sandbox: {_TABLES}",
    "plt": "matplotlib is not available in the sandbox: print the numbers",
    "prompt": "the document is in `context`",
    "query": "the question is in the instructions",
    "search": "use grep(pattern) or fuzzy_search(query)",
    "text": "the document is in `context`",
}


def of_member(module: str, name: str) -> str:
    """What to use in the place of a member that a module does not have here, empty where nothing is known."""
    return MEMBERS.get(f"{module}.{name}") or PARTS.get(module, "")


def of_module(name: str) -> str:
    """What to use in the place of a module (a dotted name) that is not there."""
    return MODULES.get(name) or MEMBERS.get(name) or MODULES.get(name.partition(".")[0]) or OTHER_MODULES


def of_name(name: str, modules: frozenset[str]) -> str:
    """What to do about a name that is not defined, empty where nothing is known. `modules`: those that there are."""
    if name in NAMES:
        return NAMES[name]
    if name in modules:
        return f"write import {name} first"
    return f"{name} is not available in the sandbox: {MODULES[name]}" if name in MODULES else ""
