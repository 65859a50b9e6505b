"""Ordinary use of the standard library's modules, by family, as models write it when they read a document.

Each line is a snippet, in which ¶ ends a line; it prints what it finds, and the output must be what plain Python
prints. `context` is TEXT.
"""
# ruff: noqa: E501  a snippet is as long as it is

from __future__ import annotations

TEXT = "The quick brown fox jumps over the lazy dog.\nThe fox again: total 1,250.50 EUR on 2024-03-01.\nthe end\n"

_FAMILIES: dict[str, str] = {}

_FAMILIES["dates"] = r"""
from datetime import date; print(date(2024, 3, 1).isocalendar(), date.fromisoformat("2024-03-01").strftime("%A %d %B %Y"))
from datetime import datetime, timedelta; d = datetime(2024, 2, 28); print([(d + timedelta(days=n)).strftime("%d.%m.") for n in range(3)])
from datetime import datetime; print(datetime.strptime("01 Mar 2024 14:05", "%d %b %Y %H:%M").isoformat(sep=" "))
from datetime import datetime, timezone, timedelta; print(datetime(2024, 3, 1, tzinfo=timezone(timedelta(hours=2))).astimezone(timezone.utc))
from datetime import date; print((date(2024, 12, 31) - date(2024, 3, 1)).days, date(2024, 3, 1) < date(2024, 3, 2), max(date(2020, 1, 1), date(2021, 1, 1)))
from datetime import date; print(date(2024, 3, 31).replace(day=1), date.min, date(2024, 1, 1).toordinal(), date.fromordinal(738886))
from datetime import timedelta; t = timedelta(hours=27, minutes=5); print(t, t.total_seconds(), t // timedelta(hours=1), t % timedelta(hours=1), abs(-t))
import datetime as dt; print(dt.time(9, 30).isoformat(), dt.time.fromisoformat("10:15:30").minute, dt.datetime.combine(dt.date(2024, 1, 1), dt.time(8)))
import calendar; print(calendar.monthrange(2024, 2), calendar.month_name[3], calendar.day_abbr[0], calendar.isleap(2023), calendar.leapdays(2000, 2025))
import calendar; print(calendar.month(2024, 3)); print(calendar.monthcalendar(2024, 2)[0])
import calendar; c = calendar.Calendar(firstweekday=6); print(list(c.itermonthdays(2024, 2))[:8], len(c.monthdatescalendar(2024, 3)))
import calendar; calendar.prmonth(2024, 2); print(calendar.TextCalendar(6).formatmonth(2024, 5).splitlines()[1])
import calendar; print(len(calendar.HTMLCalendar().formatmonth(2024, 3)), calendar.timegm((2024, 1, 1, 0, 0, 0)), calendar.weekheader(3))
from zoneinfo import ZoneInfo; from datetime import datetime; print(datetime(2024, 7, 1, 12, tzinfo=ZoneInfo("Europe/Berlin")).isoformat())
from zoneinfo import ZoneInfo; from datetime import datetime; d = datetime(2024, 1, 1, tzinfo=ZoneInfo("UTC")); print(d.astimezone(ZoneInfo("Asia/Kolkata")), d.astimezone(ZoneInfo("America/New_York")).tzname())
import zoneinfo; print("Europe/Paris" in zoneinfo.available_timezones(), repr(zoneinfo.ZoneInfo("Asia/Tokyo")), zoneinfo.ZoneInfo("Asia/Tokyo").key)
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError¶try: ZoneInfo("Mars/Base")¶except ZoneInfoNotFoundError as e: print(type(e).__name__, "Mars/Base" in str(e))
import time; print(time.strftime("%Y-%m-%d", time.gmtime(0)), time.strptime("2024-03-01", "%Y-%m-%d").tm_yday, time.asctime(time.gmtime(86400)))
from datetime import tzinfo, timedelta, datetime¶class East(tzinfo):¶    def utcoffset(self, moment): return timedelta(hours=3)¶    def dst(self, moment): return timedelta(0)¶    def tzname(self, moment): return "EAST"¶print(datetime(2024, 1, 1, tzinfo=East()).strftime("%H:%M %Z %z"))
from email.utils import parsedate_to_datetime, parseaddr; print(parsedate_to_datetime("Fri, 01 Mar 2024 10:00:00 +0100"), parseaddr("Ann Lee <ann@example.org>"))
"""

_FAMILIES["regular expressions"] = r"""
import re; print(re.findall(r"\b[A-Z]\w+", context), re.search(r"(\d{4})-(\d\d)", context).groups())
import re; m = re.search(r"(?P<n>[\d,.]+) (?P<cur>[A-Z]{3})", context); print(m.groupdict(), m["cur"], m.span("n"), m.lastgroup)
import re; print(re.sub(r"fox", lambda m: m[0].upper(), context).splitlines()[0], re.subn("o", "0", "foo"))
import re; print(re.split(r"[;,]\s*", "a, b;c,d"), re.split("(-)", "a-b-c", maxsplit=1))
import re; print([m.start() for m in re.finditer("the", context, re.I)], re.fullmatch(r"\d+", "12a"))
import re; p = re.compile(r"^(\w+)", re.MULTILINE); print(p.findall(context), p.pattern, p.groups, p.flags & re.M > 0)
import re; print(re.escape("a.b*c"), re.match("a", "ba"), bool(re.match("(?i)THE", context)))
import re; print(re.findall(r"(?<=total )[\d,.]+", context), re.findall(r"\w+(?=\.)", context))
import re; print(re.sub(r"\s+", " ", "a  b\n c").strip(), re.compile("x", re.X | re.S).flags)
import re¶try: re.compile("(a")¶except re.error as e: print(e.msg, e.pos, type(e).__name__)
"""

_FAMILIES["csv and json"] = r"""
import csv, io; print([dict(r) for r in csv.DictReader(io.StringIO("a,b\n1,2\n3,4\n"))])
import csv; print(list(csv.reader(['a;"b;c";d', "1;2;3"], delimiter=";")), csv.field_size_limit())
import csv, io; b = io.StringIO(); w = csv.writer(b, quoting=csv.QUOTE_ALL); w.writerow([1, 'x"y']); w.writerows([[2, 3]]); print(repr(b.getvalue()))
import csv, io; b = io.StringIO(); w = csv.DictWriter(b, ["a", "b"], extrasaction="ignore"); w.writeheader(); w.writerow({"a": 1, "b": 2, "c": 3}); print(b.getvalue())
import csv; d = csv.Sniffer().sniff("a|b|c\n1|2|3\n"); print(d.delimiter, d.quotechar, csv.Sniffer().has_header("name,age\nAnn,34\nBo,51\n"))
import csv, io; text = "x\ty\n1\t2\n"; print(list(csv.reader(io.StringIO(text), csv.excel_tab)), csv.list_dialects())
import csv, io; r = csv.DictReader(io.StringIO(" a , b \n1,2\n")); r.fieldnames = [n.strip() for n in r.fieldnames]; print(list(r), r.line_num)
import csv¶class Semi(csv.excel):¶    delimiter = ";"¶csv.register_dialect("semi", Semi)¶print(list(csv.reader(["a;b"], "semi")), csv.get_dialect("semi").delimiter)
import csv¶try: list(csv.reader(['a,"b'], strict=True))¶except csv.Error as e: print(type(e).__name__, e)
import json; print(json.dumps({"b": [1, 2.5, None, True], "a": "é"}, sort_keys=True, ensure_ascii=False), json.loads("[1, 2]"))
import json; print(json.dumps({"a": {"b": [1]}}, indent=2), json.dumps([1, 2], separators=(",", ":")))
import json¶try: json.loads('{"a": }')¶except json.JSONDecodeError as e: print(e.msg, e.lineno, e.colno, e.pos, e)
import json, datetime; print(json.dumps({"d": datetime.date(2024, 3, 1)}, default=str), json.loads('{"a": 1.10}', parse_float=str))
import json¶class Encoder(json.JSONEncoder):¶    def default(self, o):¶        if isinstance(o, set): return sorted(o)¶        return super().default(o)¶print(json.dumps({"s": {3, 1}}, cls=Encoder), Encoder(indent=1).encode([{2}]))
import json¶class Encoder(json.JSONEncoder):¶    def default(self, o): return super().default(o)¶try: json.dumps({1, 2}, cls=Encoder)¶except TypeError as e: print(e)
import json; print(json.JSONDecoder().raw_decode('{"a": 1} tail'), json.loads('{"a": 1, "b": 2}', object_pairs_hook=list))
import json, io; b = io.StringIO(); json.dump({"a": 1}, b); b.seek(0); print(json.load(b), json.loads("\"\\u00e9\""), json.dumps(float("inf")))
import json; rows = [json.loads(line) for line in '{"n": 1}\n{"n": 2}'.splitlines()]; print(sum(r["n"] for r in rows), json.dumps({1: "a", None: "b"}))
import configparser; c = configparser.ConfigParser(); c.read_string("[s]\na = 1\nb = %(a)s2\n[t]\nx: yes\n"); print(c.sections(), c["s"]["b"], c.getint("s", "a"), c["t"].getboolean("x"), c.get("s", "z", fallback="-"))
import configparser, io; c = configparser.RawConfigParser(); c.optionxform = str; c.read_dict({"S": {"Key": "1"}}); c["S"]["B"] = "2"; b = io.StringIO(); c.write(b); print(b.getvalue(), c.items("S"))
"""

_FAMILIES["numbers"] = r"""
from decimal import Decimal, ROUND_HALF_UP; print(Decimal("2.675").quantize(Decimal("0.01"), ROUND_HALF_UP), Decimal(1) / 3, Decimal("1.10") + Decimal("2.2"))
from decimal import Decimal, getcontext; getcontext().prec = 6; print(Decimal(2).sqrt(), Decimal(1) / 7); getcontext().prec = 28
from decimal import Decimal, localcontext¶with localcontext() as c:¶    c.prec = 5¶    print(Decimal(1) / 3)¶print(Decimal(1) / 3)
from decimal import Decimal, InvalidOperation¶try: Decimal("x")¶except InvalidOperation as e: print(type(e).__name__)
from decimal import Decimal; d = Decimal("-1234.5600"); print(d.normalize(), f"{d:,.2f}", d.as_tuple(), int(d), d.copy_abs(), d.is_signed())
from decimal import Decimal, Context, ROUND_DOWN; print(Context(prec=3, rounding=ROUND_DOWN).divide(Decimal(2), Decimal(3)), sum(map(Decimal, ["0.1"] * 3)))
from decimal import *; print(Decimal("1E+3").to_eng_string(), Decimal("NaN").is_nan(), Decimal(5).compare(Decimal(3)), ROUND_HALF_EVEN)
from fractions import Fraction; print(Fraction(3, 6), Fraction("0.125"), Fraction(1, 3) + Fraction(1, 6), float(Fraction(7, 2)), Fraction(3.5).limit_denominator(10))
import statistics as st; v = [1, 2, 2, 5, 9]; print(st.mean(v), st.median(v), st.mode(v), round(st.stdev(v), 4), st.quantiles(v, n=4), st.multimode(v))
import statistics; n = statistics.NormalDist(10, 2); print(round(n.cdf(12), 4), statistics.correlation([1, 2, 3], [2, 4, 6]), statistics.linear_regression([1, 2, 3], [3, 5, 7]))
import statistics¶try: statistics.mean([])¶except statistics.StatisticsError as e: print(e)
import math; print(math.sqrt(2), math.comb(5, 2), math.isclose(0.1 + 0.2, 0.3), math.floor(-1.5), math.gcd(12, 18), math.prod([2, 3]), math.hypot(3, 4))
from math import *; print(round(sin(pi / 2), 3), ceil(1.2), log10(1000), factorial(5), inf, isqrt(17))
import cmath; print(cmath.sqrt(-1), abs(3 + 4j), cmath.phase(1j), (1 + 2j).conjugate())
import numbers; print(isinstance(1, numbers.Integral), isinstance(1.5, numbers.Real), isinstance("1", numbers.Number))
print(f"{1234567.891:,.2f}", f"{0.256:.1%}", f"{255:#x}", f"{5:08b}", f"{1e10:.3g}", f"{12:>6}|{12:<6}|{12:^6}", round(2.5), divmod(-7, 3))
print(int("ff", 16), float("1e-3"), (0.1).as_integer_ratio(), (255).to_bytes(2, "big"), int.from_bytes(b"\x01\x00", "little"), (10).bit_length())
import heapq, bisect; h = [5, 1, 4]; heapq.heapify(h); heapq.heappush(h, 0); print(heapq.nsmallest(2, h), heapq.heappop(h), bisect.bisect_left([1, 3, 5], 3), list(heapq.merge([1, 4], [2, 3])))
import bisect; v = [1, 5]; bisect.insort(v, 3); print(v, bisect.bisect([10, 20], 15), bisect.bisect_left([{"a": 1}, {"a": 3}], 2, key=lambda d: d["a"]))
import colorsys, operator; print(colorsys.rgb_to_hsv(1, 0, 0), operator.itemgetter(1, 0)("ab"), operator.mul(3, 4))
"""

_FAMILIES["random"] = r"""
import random; random.seed(7); print([random.randint(1, 6) for _ in range(5)], random.choice("abc"), round(random.random(), 6))
import random; r = random.Random(42); print(r.sample(range(100), 3), r.choices("ab", k=4), r.shuffle([1]), round(r.gauss(0, 1), 6))
import random; a, b = random.Random(1), random.Random(1); print(a.random() == b.random(), isinstance(a, random.Random), a.getrandbits(8))
import random; r = random.Random("seed"); state = r.getstate(); x = r.random(); r.setstate(state); print(x == r.random(), r.randrange(0, 10, 2), round(r.uniform(1, 2), 6))
import secrets; print(len(secrets.token_hex(8)), secrets.randbelow(1), len(secrets.token_bytes(4)), secrets.compare_digest("a", "a"))
import uuid; u = uuid.uuid4(); print(u.version, len(str(u)), uuid.uuid5(uuid.NAMESPACE_DNS, "example.org"), uuid.UUID("12345678123456781234567812345678").hex)
import random; rows = list(range(10)); random.seed(3); random.shuffle(rows); print(rows, random.sample(rows, 3), random.triangular(1, 1))
"""

_FAMILIES["text"] = r"""
import textwrap; print(textwrap.fill("the quick brown fox jumps", 12), textwrap.dedent("  a\n  b"), textwrap.shorten("a long line of text", 12), sep="|")
import textwrap; w = textwrap.TextWrapper(width=10, initial_indent="* "); w.subsequent_indent = "  "; print(w.fill("one two three four"), textwrap.indent("a\nb", "> "))
import difflib; print(difflib.get_close_matches("appel", ["apple", "peach"]), round(difflib.SequenceMatcher(None, "abcd", "bcde").ratio(), 3))
import difflib; print("\n".join(difflib.unified_diff(["a", "b"], ["a", "c"], "old", "new", lineterm="")), list(difflib.ndiff(["x"], ["y"])))
import difflib; s = difflib.SequenceMatcher(a="qabxcd", b="abycdf"); print([tuple(b) for b in s.get_matching_blocks()], s.get_opcodes()[0], len(difflib.HtmlDiff().make_table(["a"], ["b"])) > 100)
import string; print(string.ascii_lowercase[:3], string.punctuation[:4], string.capwords("a bc"), "abc".translate(str.maketrans("ab", "xy")))
import unicodedata as u; print(u.name("é"), u.normalize("NFD", "é").encode(), u.category("A"), u.numeric("½"), u.lookup("BULLET"))
import html; print(html.escape("<a & 'b'>"), html.unescape("&lt;&eacute;&#8364;"), html.escape('"', quote=False))
import shlex; print(shlex.split("a 'b c' d"), shlex.quote("x y"), shlex.join(["a", "b c"]))
import fnmatch; print(fnmatch.filter(["a.csv", "b.txt"], "*.csv"), fnmatch.fnmatch("X", "x*"), fnmatch.translate("*.py")[:6])
import pprint; pprint.pprint({"b": list(range(30)), "a": {"x": 1}}, width=40); print(pprint.pformat([1, 2])); pprint.pp({"b": 1, "a": 2})
import pprint; pprint.PrettyPrinter(indent=4, width=20).pprint({"key": ["value one", "value two"]}); print(pprint.saferepr("x"))
import codecs; print(codecs.encode("Hello", "rot13"), codecs.decode(b"\xe9", "latin-1"), codecs.BOM_UTF8, codecs.encode(b"ab", "hex"))
import io; b = io.StringIO("a\nb\n"); print(b.readline(), [line for line in b], b.tell()); b.seek(0); b.truncate(1); print(b.getvalue(), io.BytesIO(b"xy").read(1))
import keyword; print(keyword.iskeyword("for"), keyword.iskeyword("fox"), "class".isidentifier())
from textwrap import *; from string import digits; print(wrap("a b c", 3), digits[:2])
print("%-10s|%5.1f|%03d" % ("ab", 2.25, 7), "{:>8}|{:^8}|{!r}".format("x", "y", "z"), "a-b".partition("-"), "x".zfill(3), "ß".casefold())
import graphlib; print(list(graphlib.TopologicalSorter({"d": {"b", "c"}, "b": {"a"}, "c": {"a"}}).static_order())[0])
"""

_FAMILIES["markup"] = r"""
from html.parser import HTMLParser¶class Links(HTMLParser):¶    def __init__(self):¶        super().__init__()¶        self.links = []¶    def handle_starttag(self, tag, attrs):¶        if tag == "a": self.links.append(dict(attrs).get("href"))¶p = Links()¶p.feed('<p><a href="/x">x</a><a href="/y">')¶print(p.links, p.getpos())
from html.parser import HTMLParser¶class Text(HTMLParser):¶    parts = []¶    def handle_data(self, data): self.parts.append(data.strip())¶    def handle_comment(self, data): self.parts.append("#" + data)¶t = Text(convert_charrefs=True)¶t.feed("<b>Q&amp;A</b><!-- note --><br/>end")¶t.close()¶print(t.parts)
import html.entities; print(html.entities.name2codepoint["euro"], html.entities.html5["amp;"], html.entities.codepoint2name[169])
import xml.etree.ElementTree as ET; r = ET.fromstring("<a x='1'><b>t</b><b>u</b>tail</a>"); print(r.tag, r.attrib, [b.text for b in r.findall("b")], r.find("c"), r[1].tail)
import xml.etree.ElementTree as ET; r = ET.fromstring("<r><i n='2'>b</i><i n='1'>a</i></r>"); print(sorted((i.get("n"), i.text) for i in r.iter("i")), r.findtext("i"), r.find("i[@n='1']").text, len(r))
import xml.etree.ElementTree as ET; r = ET.Element("a"); ET.SubElement(r, "b", k="v").text = "x<y"; r.set("z", "1"); print(ET.tostring(r, encoding="unicode"), ET.tostring(r))
import xml.etree.ElementTree as ET; r = ET.fromstring('<f xmlns="urn:x"><e/></f>'); print(r.tag, r.find("{urn:x}e").tag, r.find("n:e", {"n": "urn:x"}) is not None)
import xml.etree.ElementTree as ET¶try: ET.fromstring("<a><b></a>")¶except ET.ParseError as e: print(e, e.position)
import xml.etree.ElementTree as ET, io; t = ET.parse(io.StringIO("<a><b/></a>")); ET.indent(t); print(ET.tostring(t.getroot(), encoding="unicode"), [e for e, _ in ET.iterparse(io.StringIO("<a><b/></a>"), ("start", "end"))])
import xml.etree.ElementTree as ET, io; b = io.BytesIO(); ET.ElementTree(ET.XML("<a>é</a>")).write(b, encoding="utf-8", xml_declaration=True); print(b.getvalue())
from xml.etree.ElementTree import Element, SubElement, dump; e = Element("x"); SubElement(e, "y"); dump(e); e.remove(e[0]); print(len(e), "".join(e.itertext()))
import xml.etree.ElementTree as ET; r = ET.fromstringlist(["<a>", "<b>1</b></a>"]); r.find("b").text = "2"; r.append(ET.Element("c")); print(ET.tostring(r).decode(), ET.iselement(r), {c.tag: c.text for c in r})
"""

_FAMILIES["addresses"] = r"""
from urllib.parse import urlparse, parse_qs; u = urlparse("https://ex.org:8080/a/b?q=1&q=2#f"); print(u.netloc, u.port, u.path, parse_qs(u.query), u.fragment, u.hostname)
from urllib.parse import quote, unquote, urlencode, urljoin; print(quote("a b/é"), unquote("%C3%A9"), urlencode({"a": "1 2", "b": [3]}, doseq=True), urljoin("http://x/a/", "../b"))
import urllib.parse; print(urllib.parse.urlsplit("//h/p;x").path, urllib.parse.parse_qsl("a=1&b="), urllib.parse.urldefrag("http://x/#y").url, urllib.parse.urlparse("http://a/b")._replace(path="/c").geturl())
import ipaddress; n = ipaddress.ip_network("10.0.0.0/30"); print(list(map(str, n.hosts())), n.num_addresses, ipaddress.ip_address("10.0.0.1") in n, n.netmask)
import ipaddress; a = ipaddress.ip_address("::1"); print(a.is_loopback, a.version, ipaddress.ip_address("192.168.1.1").is_private, int(ipaddress.IPv4Address("0.0.1.0")), ipaddress.ip_interface("10.1.2.3/8").network)
import ipaddress¶try: ipaddress.ip_address("300.1.1.1")¶except ValueError as e: print(e)
from pathlib import PurePath, PurePosixPath, PureWindowsPath; p = PurePosixPath("/a/b/c.tar.gz"); print(p.name, p.stem, p.suffix, p.suffixes, p.parent, p.parts, p.with_suffix(".x"), p / "d", PureWindowsPath(r"C:\x\y.txt").drive)
from pathlib import Path; p = Path("data") / "x.csv"; print(p.suffix, p.stem, str(p), p.parent, p.is_absolute(), p.as_posix(), repr(p))
from pathlib import PurePath; print(PurePath("a/b.py").match("*.py"), PurePath("/a/b").relative_to("/a"), PurePath("a", "..", "b"), PurePath("x").joinpath("y", "z"))
"""

_FAMILIES["bytes"] = r"""
import base64; print(base64.b64encode(b"hello"), base64.b64decode("aGVsbG8="), base64.urlsafe_b64encode(b"\xff\xfe"), base64.b32encode(b"a"), base64.b85encode(b"abcd"))
import struct; print(struct.pack("<IhB", 1, -2, 3), struct.unpack(">HH", b"\x00\x01\x00\x02"), struct.calcsize("<QI"), list(struct.iter_unpack("<H", b"\x01\x00\x02\x00")))
import struct; s = struct.Struct("<if"); b = bytearray(8); s.pack_into(b, 0, 5, 1.5); print(b, s.unpack_from(b), s.size, s.format)
import struct¶try: struct.unpack("<I", b"ab")¶except struct.error as e: print(e)
from array import array; a = array("i", [1, 2, 3]); a.append(4); a[0] = 9; a.extend([5]); print(a, a.tolist(), a.typecode, a.itemsize, sum(a), a[1:3], a.index(4), len(a))
import array; a = array.array("d", (0.5, 1.5)); a.insert(0, 2); a.pop(); print(a, a.tobytes()[:2], array.array("B", b"ab"), a.count(2.0), array.array("u", "hi").tounicode())
from array import array¶try: array("b", [200])¶except OverflowError as e: print(e)
import zlib, gzip, bz2, lzma; d = b"abc" * 100; print(zlib.decompress(zlib.compress(d)) == d, gzip.decompress(gzip.compress(d)) == d, bz2.decompress(bz2.compress(d)) == d, lzma.decompress(lzma.compress(d)) == d, zlib.crc32(b"x"))
import zlib; c = zlib.compressobj(); z = c.compress(b"a" * 99) + c.flush(); o = zlib.decompressobj(); print(o.decompress(z, 10), len(o.unconsumed_tail) > 0, zlib.adler32(b"a"))
import zlib¶try: zlib.decompress(b"nope")¶except zlib.error as e: print(e)
import hashlib; print(hashlib.md5(b"a").hexdigest(), hashlib.new("sha256", context.encode()).hexdigest()[:16], hashlib.sha1().digest_size, hashlib.blake2b(b"a", digest_size=4).hexdigest())
import hashlib, hmac; h = hashlib.sha256(); h.update(b"a"); h.update(b"b"); print(h.hexdigest() == hashlib.sha256(b"ab").hexdigest(), h.name, hmac.new(b"k", b"m", "sha256").hexdigest()[:8], hmac.compare_digest("a", "b"))
import binascii; print(binascii.hexlify(b"ab"), binascii.unhexlify("6162"), binascii.crc32(b"a"), bytes.fromhex("61 62"), b"ab".hex(" "))
b = b"a\xc3\xa9"; print(b.decode(), b.decode("latin-1"), b.decode("ascii", "replace"), "é".encode("utf-16-le"), "x".encode("ascii"), b.split(b"\xc3"), b[0])
"""

_FAMILIES["source texts"] = r"""
import ast; print(ast.literal_eval("{'a': [1, 2.5, None], 'b': (True, b'x')}"), ast.literal_eval("-3+2j"))
import ast¶try: ast.literal_eval("f(1)")¶except ValueError as e: print(type(e).__name__, str(e)[:22])
import ast; tree = ast.parse("import os\ndef f(a, b=1):\n    'doc'\n    return a\nclass C: pass\n"); print([type(n).__name__ for n in tree.body], [n.name for n in ast.walk(tree) if isinstance(n, (ast.FunctionDef, ast.ClassDef))])
import ast; f = ast.parse("def f(a, *b, c=2): 'doc'").body[0]; print(f.name, [a.arg for a in f.args.args], ast.get_docstring(f), f.lineno, f.args.vararg.arg)
import ast; print(ast.dump(ast.parse("x = 1 + y", mode="exec")), ast.dump(ast.parse("a", mode="eval"), indent=1))
import ast¶class Calls(ast.NodeVisitor):¶    def __init__(self): self.names = []¶    def visit_Call(self, node):¶        self.names.append(node.func.id)¶        self.generic_visit(node)¶v = Calls()¶v.visit(ast.parse("f(g(1)); h()"))¶print(v.names)
import ast; s = "total = a * (b + 1)\n"; t = ast.parse(s); print(ast.unparse(t), ast.get_source_segment(s, t.body[0].value), [type(c).__name__ for c in ast.iter_child_nodes(t.body[0])], dict(ast.iter_fields(t.body[0].targets[0]))["id"])
import ast¶try: ast.parse("def (")¶except SyntaxError as e: print(e.msg, e.lineno)
import traceback¶try: 1 / 0¶except ZeroDivisionError: print(traceback.format_exc().splitlines()[-1], traceback.format_exc().splitlines()[0])
import traceback¶try: int("x")¶except ValueError as e: print(traceback.format_exception_only(type(e), e), traceback.format_exception_only(e)[0].strip(), traceback.format_exception(e)[-1].strip())
import traceback, io¶b = io.StringIO()¶try:¶    try: {}["k"]¶    except KeyError as e: raise ValueError("outer") from e¶except ValueError: traceback.print_exc(file=b)¶print([line for line in b.getvalue().splitlines() if not line.startswith("  ")])
import sys¶try: raise KeyError("a")¶except KeyError: print(sys.exc_info()[0].__name__, sys.exc_info()[1])
"""

_FAMILIES["output"] = r"""
import logging; logging.basicConfig(level=logging.INFO, format="%(levelname)s:%(name)s:%(message)s"); logging.info("read %d rows", 3); logging.debug("hidden"); logging.getLogger("app").warning("low")
import logging; log = logging.getLogger("x"); h = logging.StreamHandler(); h.setFormatter(logging.Formatter("[%(levelname)-7s] %(message)s")); log.addHandler(h); log.setLevel("DEBUG"); log.propagate = False; log.debug("a"); log.error("b %s", "c")
import logging; logging.warning("careful"); logging.info("hidden"); print(logging.getLogger("a.b").name, logging.getLevelName(40), logging.getLogger().level)
import logging¶logging.basicConfig(format="{levelname} {message}", style="{", force=True)¶try: 1 / 0¶except ZeroDivisionError: logging.error("failed", exc_info=False)¶logging.getLogger("q").critical("done")
import logging¶class Keep(logging.Handler):¶    def __init__(self):¶        super().__init__()¶        self.lines = []¶    def emit(self, record): self.lines.append(self.format(record))¶k = Keep(); log = logging.getLogger("keep"); log.addHandler(k); log.propagate = False; log.warning("one %s", 1); print(k.lines, log.hasHandlers(), log.isEnabledFor(10))
import logging, io; b = io.StringIO(); log = logging.getLogger("buffer"); log.addHandler(logging.StreamHandler(b)); log.propagate = False; log.addFilter(lambda r: "secret" not in r.getMessage()); log.warning("secret"); log.warning("open"); print(repr(b.getvalue()))
import logging; logging.disable(logging.CRITICAL); logging.error("nothing"); logging.disable(logging.NOTSET); log = logging.getLogger("y"); log.addHandler(logging.NullHandler()); print(log.level, log.handlers[0].level)
import warnings¶with warnings.catch_warnings(record=True) as caught:¶    warnings.simplefilter("always")¶    warnings.warn("old", DeprecationWarning)¶    warnings.warn("odd")¶print([(w.category.__name__, str(w.message)) for w in caught])
import warnings¶warnings.filterwarnings("error", message="bad")¶try: warnings.warn("bad value")¶except UserWarning as e: print("caught", e)¶warnings.resetwarnings()
import warnings; warnings.filterwarnings("ignore"); warnings.warn("unseen"); warnings.simplefilter("ignore", category=UserWarning); print("quiet"); warnings.resetwarnings()
import sys; print(sys.maxsize > 2**31, sys.version_info >= (3, 11), sys.version_info.major, sys.byteorder, sys.maxunicode, sys.float_info.max > 1e308)
import sys; sys.stdout.write("a\n"); print("b", file=sys.stdout); sys.stderr.write("c\n"); sys.stdout.flush(); print(sys.getsizeof([]) > 0, sys.stdout.isatty(), sys.getrecursionlimit() > 100)
import sys; sys.setrecursionlimit(3000)¶def depth(n): return 0 if n == 0 else 1 + depth(n - 1)¶print(depth(1500), sys.intern("a"), sys.int_info.bits_per_digit)
import gc; del context; print(gc.collect() >= 0)
import io, sys¶class Tee:¶    def __init__(self): self.parts = []¶    def write(self, text): self.parts.append(text)¶t = Tee(); print("x", 1, file=t); b = io.StringIO(); print("y", file=b); print(t.parts, b.getvalue())
"""

_FAMILIES["iteration"] = r"""
from itertools import groupby; print({k: [w for w in g] for k, g in groupby(sorted(["bb", "a", "cc"], key=len), key=len)})
from itertools import chain, islice, accumulate, product; print(list(chain.from_iterable([[1], [2, 3]])), list(islice(range(9), 2, 6, 2)), list(accumulate([1, 2, 3])), list(product("ab", repeat=2))[:2])
from itertools import combinations, permutations, zip_longest, pairwise; print(list(combinations("abc", 2)), len(list(permutations(range(4)))), list(zip_longest("ab", "c", fillvalue="-")), list(pairwise([1, 2, 3])))
from itertools import takewhile, dropwhile, starmap, tee, count, cycle, repeat; print(list(takewhile(lambda n: n < 3, count())), list(starmap(pow, [(2, 3)])), next(cycle("x")), list(repeat(1, 2)))
from itertools import *; a, b = tee([1, 2]); print(list(a), list(b), list(compress("abc", [1, 0, 1])), list(filterfalse(str.isdigit, "a1")))
from collections import Counter, defaultdict, deque; d = defaultdict(list); [d[len(w)].append(w) for w in context.split()]; print(Counter(context.lower().split()).most_common(2), dict(d)[3][:2], deque([1, 2, 3], maxlen=2))
from functools import reduce, lru_cache, partial; print(reduce(lambda a, b: a * b, [1, 2, 3]), partial(int, base=2)("101"))
from itertools import islice¶def chunks(items, size):¶    it = iter(items)¶    while piece := list(islice(it, size)):¶        yield piece¶print(list(chunks(range(5), 2)))
"""

SNIPPETS = {
    f"{family} {number}": line.replace("¶", "\n")
    for family, lines in _FAMILIES.items()
    for number, line in enumerate(lines.strip().splitlines(), 1)
}
