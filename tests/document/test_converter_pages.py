"""Pages, e-mails and RTF in the forms that programs write: what must be kept of each, and what must not be added."""

# ruff: noqa: E501  (what is read stands in one line)

from __future__ import annotations

import base64
import io
import quopri
from collections.abc import Callable
from typing import IO

import pytest

from rlm_kernel.document.load.converters import html, mail, rtf
from rlm_kernel.document.load.converters.sink import Sink

Case = tuple[Callable[[IO[bytes], Sink], None], bytes, tuple[str, ...]]


def converted(convert: Callable[[IO[bytes], Sink], None], data: bytes) -> str:
    """All that a conversion gives: its text, its remarks, the names and the contents of the files in it."""
    files = io.BytesIO()
    sink = Sink(1 << 26, name="file", files=files)
    convert(io.BytesIO(data), sink)
    text, _ = sink.finish()
    return "\n".join([text, *sink.remarks, *(name for name, _ in sink.files), files.getvalue().decode("latin-1")])


def page(html_text: str) -> bytes:
    return html_text.encode()


def eml(body: bytes, *headers: str) -> bytes:
    """An e-mail with these headers beside the usual ones."""
    return (
        "\r\n".join(["From: A <a@x.org>", "To: b@x.org", "Date: Tue, 07 Jun 2022 10:00:00 +0200", *headers])
        + "\r\n\r\n"
    ).encode() + body


b64 = base64.encodebytes

EMPTY_PLAIN = b"--B\r\nContent-Type: text/plain\r\n\r\n \r\n--B\r\nContent-Type: text/html\r\n\r\n<p>only here 88</p>\r\n--B--\r\n"
NESTED = eml(b64(b"inner body 99"), "Subject: inner", "Content-Transfer-Encoding: base64")
MIXED = (
    b'--B\r\nContent-Type: text/plain\r\n\r\nouter\r\n--B\r\nContent-Type: message/rfc822\r\nContent-Disposition: attachment; filename="fwd"\r\n\r\n'
    + NESTED
    + b"\r\n--B--\r\n"
)
MAILS = (
    b"From a@x.org Tue Jun  7 10:00:00 2022\n"
    + eml(b64(b"first body"), "Subject: one", "Content-Transfer-Encoding: base64").replace(b"\r\n", b"\n")
    + b"\nFrom b@x.org Wed Jun  8 10:00:00 2022\n"
    + eml(b">From here\nsecond", "Subject: two").replace(b"\r\n", b"\n")
)


def alternative(plain: bytes, html_text: bytes, head: bytes = b"") -> bytes:
    """An e-mail that says the same in two ways."""
    return eml(
        b"--B\r\nContent-Type: text/plain\r\n\r\n"
        + plain
        + b"\r\n--B\r\n"
        + head
        + b"Content-Type: text/html\r\n\r\n"
        + html_text
        + b"\r\n--B--\r\n",
        "Subject: s",
        "Content-Type: multipart/alternative; boundary=B",
        "MIME-Version: 1.0",
    )


def rich(codes: str) -> bytes:
    """An RTF file."""
    return ("{\\rtf1\\ansi\\ansicpg1252 " + codes + "}").encode("latin-1")


CASES: dict[str, Case] = {
    "html rowspan+colspan": (
        html.convert,
        page(
            "<table><tr><th rowspan=2>R</th><th colspan=2>2019</th></tr><tr><th>Q1</th><th>Q2</th></tr><tr><td>N</td><td>1</td><td>2</td></tr></table>"
        ),
        ("| R | Q1 | Q2 |", "| N | 1 | 2 |"),
    ),
    "html rowspan0": (
        html.convert,
        page("<table><tr><td rowspan=0>A</td><td>1</td></tr><tr><td>2</td></tr></table>"),
        ("| A | 2 |",),
    ),
    "html nested": (
        html.convert,
        page(
            "<table><tr><td><table><tr><th>a</th><th>b</th></tr><tr><td>1</td><td>2</td></tr></table></td><td>side</td></tr></table>"
        ),
        ("| a | b |", "| 1 | 2 |", "side"),
    ),
    "html sup": (
        html.convert,
        page(
            "<table><tr><th>X</th><th>Y</th></tr><tr><td>1,234<sup>1</sup></td><td>5<sup>(a)</sup></td></tr></table><p>H<sub>2</sub>O 10<sup>6</sup> 3<sup>rd</sup></p>"
        ),
        ("1,234¹", "5(a)", "H₂O", "10⁶", "3rd"),
    ),
    "html br": (
        html.convert,
        page("<table><tr><td>10<br>20</td><td>x<br/>y</td></tr><tr><td>1</td><td>2</td></tr></table><p>10<br>20</p>"),
        ("10 20", "!1020"),
    ),
    "html block cells": (
        html.convert,
        page(
            "<table><tr><td><div>10</div><div>20</div></td><td><ul><li>a</li><li>b</li></ul></td></tr><tr><td>1</td><td>2</td></tr></table>"
        ),
        ("10 20", "a b", "!ab"),
    ),
    "html dl": (
        html.convert,
        page("<dl><dt>Price</dt><dd>5</dd><dt>Qty</dt><dd>6</dd></dl>"),
        ("Price", "5", "!Price5", "!5Qty"),
    ),
    "html select": (
        html.convert,
        page(
            "<select><option>a</option><option selected>bbb</option></select><textarea>note here</textarea><input type=text value=filled>"
        ),
        ("bbb", "note here", "filled"),
    ),
    "html spans adjacent": (
        html.convert,
        page(
            "<p><span>10</span><span>20</span></p><div>10</div><div>20</div><table><tr><td>1</td><td>2</td></tr></table>"
        ),
        ("!12",),
    ),
    "html inline emphasis": (
        html.convert,
        page("<p>a <b>bold</b> and <i>it</i>alic <a href='http://x'>link</a>s <code>c</code></p>"),
        ("a bold and italic links",),
    ),
    "html entity": (html.convert, page("<p>1&nbsp;234&#8239;567 &euro; &frac12; &lt;b&gt;</p>"), ("€", "½", "<b>")),
    "html meta charset": (
        html.convert,
        "<html><head><meta charset='windows-1251'></head><body><p>Привет</p></body></html>".encode("cp1251"),
        ("Привет",),
    ),
    "html gbk": (
        html.convert,
        "<html><head><meta http-equiv='Content-Type' content='text/html; charset=gb2312'></head><body><p>中文測試</p></body></html>".encode(
            "gbk"
        ),
        ("中文",),
    ),
    "html shift_jis": (
        html.convert,
        "<html><head><meta charset=Shift_JIS></head><body><p>日本語</p></body></html>".encode("shift_jis"),
        ("日本語",),
    ),
    "html utf16": (html.convert, "<html><body><p>héllo</p></body></html>".encode("utf-16"), ("héllo",)),
    "html charsets of browsers": (
        html.convert,
        b"<meta charset='iso-8859-1'><p>Price \x80 5 \x96 10 caf\xe9</p>",
        ("Price € 5 – 10 café",),
    ),
    "html gb18030": (html.convert, "<meta charset=gb2312><p>朱镕基 5</p>".encode("gb18030"), ("朱镕基 5",)),
    "html cp932": (html.convert, "<meta charset=shift_jis><p>金額① 5</p>".encode("cp932"), ("金額① 5",)),
    "html cp949": (html.convert, "<meta charset=ks_c_5601-1987><p>똠방 5</p>".encode("cp949"), ("똠방 5",)),
    "html cp1254": (html.convert, "<meta charset=iso-8859-9><p>“İş” 5 €</p>".encode("cp1254"), ("“İş” 5 €",)),
    "html xml decl latin1": (
        html.convert,
        "<?xml version='1.0' encoding='iso-8859-1'?><html><body><p>café</p></body></html>".encode("latin-1"),
        ("café", "!xml version"),
    ),
    "html comment": (
        html.convert,
        page("<!-- hidden --><p>x</p><script>var a='zz'</script><style>.q{}</style><noscript>nojs</noscript>"),
        ("x", "!hidden", "!zz", "!.q"),
    ),
    "html details figure": (
        html.convert,
        page(
            "<details><summary>Sum</summary>inside</details><figure><img src=a alt='A chart'><figcaption>Fig 1</figcaption></figure>"
        ),
        ("Sum", "inside", "A chart", "Fig 1"),
    ),
    "html tfoot order": (
        html.convert,
        page(
            "<table><thead><tr><th>a</th><th>b</th></tr></thead><tfoot><tr><td>T</td><td>9</td></tr></tfoot><tbody><tr><td>x</td><td>1</td></tr></tbody></table>"
        ),
        ("| a | b |", "| T | 9 |"),
    ),
    "html unclosed": (html.convert, page("<table><tr><td>a<td>b<tr><td>1<td>2</table>"), ("| a | b |", "| 1 | 2 |")),
    "html mathml": (html.convert, page("<p><math><mfrac><mi>a</mi><mi>b</mi></mfrac></math></p>"), ("a",)),
    "html pipe in cell": (
        html.convert,
        page("<table><tr><td>a|b</td><td>c</td></tr><tr><td>1</td><td>2</td></tr></table>"),
        ("a\\|b",),
    ),
    "html del": (html.convert, page("<p><del>old</del><ins>new</ins></p>"), ("new",)),
    "html softhyphen": (html.convert, page("<p>para&shy;graph</p>"), ("paragraph",)),
    "html hidden div": (html.convert, page("<div style='display:none'>secret figure 77</div><p>x</p>"), ("77",)),
    "html raised after tags": (
        html.convert,
        page(
            "<p><b>1,234</b><sup>1</sup>, <strong>10</strong><sup>6</sup>, 7<a href='#f'><sup>2</sup></a>, 10<i></i><sup><i>9</i></sup>, (a+b)<sup>2</sup>, 12.<sup>3</sup></p><p>5</p><p><sup>4</sup>Note</p>"
        ),
        ("1,234¹", "10⁶", "7²", "10⁹", "(a+b)²", "12.³", "⁴Note"),
    ),
    "html raised signs": (
        html.convert,
        page(
            "<p>5 × 10<sup>-3</sup>, 10<sup>\u221219</sup>, $19<sup>99</sup>, CO<sub>2</sub>, 8<sup>1,2</sup>, 1<sup>1</sup>/<sub>2</sub> cups, <sup>3</sup>/<sub>4</sub> cup</p><table><tr><td>k</td><td><sub>500</sub></td></tr></table>"
        ),
        ("10⁻³", "10⁻¹⁹", "$19⁹⁹", "CO₂", "8 1,2", "1 1/2 cups", "3/4 cup", "| k | 500 |"),
    ),
    "html words in cells": (
        html.convert,
        page(
            "<table><tr><td><p>Re<b>ven</b>ue</p></td><td><p>1,<b>234</b></p></td></tr><tr><td><div>12<span>34</span></div>5</td><td><h4>9</h4>8<section>7</section><dl><dt>d</dt><dd>3</dd></dl></td></tr></table>"
        ),
        ("| Revenue | 1,234 |", "| 1234 5 | 9 8 7 d 3 |"),
    ),
    "html divisions": (
        html.convert,
        page(
            "<header>Report 2023</header><main>15 items<aside>7 more</aside></main><footer>5 pages</footer><fieldset><legend>Price 10</legend>20 each</fieldset><address>Street 5</address><nav>1</nav><center>2</center><details><summary>3</summary>4</details><figure>6<figcaption>8</figcaption></figure><dialog>9</dialog><button>10</button><button>11</button>"
        ),
        ("\n15 items\n", "\n7 more\n", "\n5 pages\n", "Price 10\n", "Street 5\n", "\n3\n", "\n6\n", "10 11"),
    ),
    "html options": (
        html.convert,
        page(
            "<p>Qty <select><option>10<option selected>20<option>30</select>, <select><option>1<option>2</select>, <select multiple><option>5</select></p>"
        ),
        ("Qty ☐ 10 ☒ 20 ☐ 30", "☒ 1 ☐ 2", "☐ 5"),
    ),
    "html formulas": (
        html.convert,
        page(
            "<p>about 3<math><mfrac><mn>1</mn><mn>2</mn></mfrac></math> of <math><msup><mn>10</mn><mn>6</mn></msup></math>, <math><msqrt><mn>16</mn></msqrt></math>, <math><mroot><mn>8</mn><mn>3</mn></mroot></math>, <math><mfrac><mrow><mi>a</mi><mo>+</mo><mi>b</mi></mrow><mi>c</mi></mfrac></math>, <math><semantics><msub><mi>x</mi><mn>2</mn></msub><annotation>x_{2}</annotation></semantics></math>, <math><mtable><mtr><mtd>1</mtd><mtd>2</mtd></mtr><mtr><mtd>3</mtd><mtd>4</mtd></mtr></mtable></math></p>"
        ),
        ("3 1/2 of 10⁶", "√(16)", "³√(8)", "(a+b)/(c)", "x₂,", "[1 2][3 4]"),
    ),
    "html hidden in words": (
        html.convert,
        page(
            "<p>1<span style='display: none'>00</span>2, 3<span hidden>88</span>, <i style='visibility:hidden'>77</i>4, <span hidden>66</span></p>"
        ),
        ("12, 3, 77 4, 66", "2 hidden pieces of text within words left out"),
    ),
    "html tables in layout": (
        html.convert,
        page(
            "<table><tr><td>Logo</td></tr><tr><td><table><tr><td>side</td><td><table><tr><th>y</th><th>v</th></tr><tr><td>2022</td><td>5</td></tr></table></td></tr></table></td></tr></table>"
        ),
        ("Logo\n", "side\n", "| y | v |\n| --- | --- |\n| 2022 | 5 |\n", "!| Logo", "!| side"),
    ),
    "html tables in data": (
        html.convert,
        page(
            "<table><tr><th>k</th><th>v</th></tr><tr><td>a</td><td><table><tr><td>n1</td><td>n2</td></tr><tr><td>5</td><td>6</td></tr></table></td></tr><tr><td>b</td><td>7</td></tr></table>"
        ),
        ("| k | v |\n| --- | --- |\n| a | n1 \\| n2; 5 \\| 6 |\n| b | 7 |\n",),
    ),
    "html list numbers": (
        html.convert,
        page(
            "<ol><li value=10>ten<li>eleven</ol><ol reversed><li>x<li>y</ol><ol type=a start=3><li>c</ol><ol type=I><li>one<ol><li>inner</ol></ol>"
        ),
        ("10. ten\n11. eleven", "2. x\n1. y", "c. c", "I. one", "1. inner"),
    ),
    "html ruby": (
        html.convert,
        page("<p><ruby>東<rt>とう</rt>京<rp>(</rp><rt>きょう</rt><rp>)</rp></ruby></p>"),
        ("東(とう)京(きょう)",),
    ),
    "html strike": (html.convert, page("<p>price <strike>100</strike> 80</p>"), ("~~100~~ 80",)),
    "eml qp latin1": (
        mail.convert,
        eml(
            quopri.encodestring("Grüße 4,711 €".encode("cp1252")),
            "Subject: =?iso-8859-1?Q?Gr=FC=DFe?=",
            "Content-Type: text/plain; charset=windows-1252",
            "Content-Transfer-Encoding: quoted-printable",
        ),
        ("Grüße 4,711 €", "Subject: Grüße"),
    ),
    "eml qp softbreak": (
        mail.convert,
        eml(
            b"long line that=\r\n continues 12=\r\n34",
            "Subject: s",
            "Content-Type: text/plain; charset=utf-8",
            "Content-Transfer-Encoding: quoted-printable",
        ),
        ("that continues 1234",),
    ),
    "eml html only": (
        mail.convert,
        eml(
            b64("<p>Betrag <b>5</b> €</p>".encode()),
            "Subject: s",
            "Content-Type: text/html; charset=utf-8",
            "Content-Transfer-Encoding: base64",
        ),
        ("Betrag 5 €",),
    ),
    "eml charsets of browsers": (
        mail.convert,
        eml(b"Price \x80 5 \x96 7", "Subject: s", "Content-Type: text/plain; charset=iso-8859-1"),
        ("Price € 5 – 7", "!encoding"),
    ),
    "eml gb18030": (
        mail.convert,
        eml("朱镕基 5".encode("gb18030"), "Subject: s", "Content-Type: text/plain; charset=gb2312"),
        ("朱镕基 5", "!encoding"),
    ),
    "eml html names its charset": (
        mail.convert,
        eml("<meta charset=windows-1251><p>Привет 5</p>".encode("cp1251"), "Subject: s", "Content-Type: text/html"),
        ("Привет 5",),
    ),
    "eml koi8": (
        mail.convert,
        eml(
            b64("Привет".encode("koi8-r")),
            "Subject: =?koi8-r?B?" + base64.b64encode("Тема".encode("koi8-r")).decode() + "?=",
            "Content-Type: text/plain; charset=koi8-r",
            "Content-Transfer-Encoding: base64",
        ),
        ("Привет", "Тема"),
    ),
    "eml iso2022jp": (
        mail.convert,
        eml(
            "日本語".encode("iso-2022-jp"),
            "Subject: =?ISO-2022-JP?B?" + base64.b64encode("件名".encode("iso-2022-jp")).decode() + "?=",
            "Content-Type: text/plain; charset=iso-2022-jp",
        ),
        ("日本語", "件名"),
    ),
    "eml unknown charset": (
        mail.convert,
        eml("Grüße".encode(), "Subject: s", "Content-Type: text/plain; charset=x-unknown"),
        ("Grüße",),
    ),
    "eml no charset 8bit": (mail.convert, eml("Grüße".encode(), "Subject: s"), ("Grüße",)),
    "eml wrong charset": (
        mail.convert,
        eml("Grüße".encode("latin-1"), "Subject: s", "Content-Type: text/plain; charset=utf-8"),
        ("Gr", "e"),
    ),
    "eml raw utf8 header": (mail.convert, eml(b"x", "Subject: Grüße"), ("Grüße",)),
    "eml single attachment": (
        mail.convert,
        eml(
            b64(b"a,b\n1,2\n"),
            "Subject: s",
            "Content-Type: text/csv; name=d.csv",
            "Content-Transfer-Encoding: base64",
            "Content-Disposition: attachment; filename=d.csv",
        ),
        ("a,b",),
    ),
    "eml single pdf": (
        mail.convert,
        eml(
            b64(b"%PDF-1.4 xx"),
            "Subject: s",
            "Content-Type: application/pdf; name=d.pdf",
            "Content-Transfer-Encoding: base64",
        ),
        ("d.pdf",),
    ),
    "eml empty plain": (
        mail.convert,
        eml(EMPTY_PLAIN, "Subject: s", "Content-Type: multipart/alternative; boundary=B", "MIME-Version: 1.0"),
        ("only here 88",),
    ),
    "eml stub": (
        mail.convert,
        alternative(
            b"Please view in HTML.",
            b"<p>The total of all that was sold in the year is <b>500</b> or more</p>",
        ),
        ("is 500 or more", "!Please view", "says less than its HTML"),
    ),
    "eml stub beside related": (
        mail.convert,
        alternative(
            b"See https://x.org/1",
            b"<p>The total of all that was sold is 500</p>\r\n--R\r\nContent-Type: image/png\r\n\r\nx\r\n--R--",
            b"Content-Type: multipart/related; boundary=R\r\n\r\n--R\r\n",
        ),
        ("is 500", "!See", "part 1", "!part 2"),
    ),
    "eml plain and html differ": (
        mail.convert,
        alternative(b"The total of the year is 400 or so", b"<p>The total of the year is 500</p>"),
        ("is 400 or so\n\n[the same e-mail in HTML]\n\nThe total of the year is 500", "do not say the same"),
    ),
    "eml plain and html alike": (
        mail.convert,
        alternative(b"The total of the year is 500 (https://x.org/77)", b"<p>The total of the year is <b>500</b></p>"),
        ("is 500 (https", "!HTML"),
    ),
    "eml nested": (
        mail.convert,
        eml(MIXED, "Subject: s", "Content-Type: multipart/mixed; boundary=B", "MIME-Version: 1.0"),
        ("outer", "fwd.eml"),
    ),
    "eml bom": (mail.convert, b"\xef\xbb\xbf" + eml(b"x body", "Subject: s"), ("x body", "Subject: s")),
    "eml lead blank": (mail.convert, b"\r\n\r\n" + eml(b"x body", "Subject: s"), ("x body", "Subject: s")),
    "eml rfc2231 name": (
        mail.convert,
        eml(
            b"--B\r\nContent-Type: text/plain\r\n\r\nouter\r\n--B\r\nContent-Type: text/csv\r\nContent-Disposition: attachment; filename*=utf-8''M%C3%A4rz.csv\r\n\r\na,b\r\n--B--\r\n",
            "Subject: s",
            "Content-Type: multipart/mixed; boundary=B",
            "MIME-Version: 1.0",
        ),
        ("März.csv",),
    ),
    "eml related": (
        mail.convert,
        eml(
            b"--B\r\nContent-Type: text/html\r\n\r\n<p>hello <img src=cid:1></p>\r\n--B\r\nContent-Type: image/png\r\nContent-Transfer-Encoding: base64\r\nContent-ID: <1>\r\n\r\niVBORw0KGgo=\r\n--B--\r\n",
            "Subject: s",
            "Content-Type: multipart/related; boundary=B",
            "MIME-Version: 1.0",
        ),
        ("hello",),
    ),
    "eml missing end boundary": (
        mail.convert,
        eml(
            b"--B\r\nContent-Type: text/plain\r\n\r\nouter body\r\n",
            "Subject: s",
            "Content-Type: multipart/mixed; boundary=B",
            "MIME-Version: 1.0",
        ),
        ("outer body",),
    ),
    "eml bad b64": (
        mail.convert,
        eml(
            b"R3LDvMOfZSBhdXM*\r\n",
            "Subject: s",
            "Content-Type: text/plain; charset=utf-8",
            "Content-Transfer-Encoding: base64",
        ),
        ("Gr",),
    ),
    "eml from line": (
        mail.convert,
        b"From a@x Tue Jun  7 10:00:00 2022\r\n" + eml(b"x body", "Subject: s"),
        ("x body",),
    ),
    "eml two text parts": (
        mail.convert,
        eml(
            b"--B\r\nContent-Type: text/plain\r\n\r\nfirst part\r\n--B\r\nContent-Type: text/plain\r\n\r\nsecond part 55\r\n--B--\r\n",
            "Subject: s",
            "Content-Type: multipart/mixed; boundary=B",
            "MIME-Version: 1.0",
        ),
        ("first part", "second part 55"),
    ),
    "mbox": (mail.mailbox, MAILS, ("first body", "second", "\nFrom here", "E-mail 2: two")),
    "mbox sentences": (
        mail.mailbox,
        MAILS.replace(b"first body", b"x")
        + b"\n\nFrom me to you in 2023\nnot a mail\n\nFrom - Wed, 8 Jun 2022 10:00 +0200\nSubject: three\n\nz\n",
        ("From me to you in 2023\nnot a mail", "E-mail 3: three", "!E-mail 4"),
    ),
    "mbox crlf": (mail.mailbox, MAILS.replace(b"\n", b"\r\n"), ("first body", "second")),
    "mbox ascii date": (
        mail.mailbox,
        MAILS.replace(b"Tue Jun  7 10:00:00 2022", b"Tue Jun 07 10:00:00 +0000 2022"),
        ("first body", "second"),
    ),
    "rtf codes": (
        rtf.convert,
        rich("Gr\\'fc\\'dfe \\u8364? \\b bold\\b0 \\par Next\\tab 5\\line six \\emdash  \\ldblquote q\\rdblquote "),
        ("Grüße €", "bold", "Next", "six", "—", "“q”"),
    ),
    "rtf table": (
        rtf.convert,
        rich(
            "\\trowd\\cellx100\\cellx200 A\\cell B\\cell\\row\\trowd\\cellx100\\cellx200 1\\cell 2\\cell\\row\\pard end"
        ),
        ("| A | B |", "| 1 | 2 |", "end"),
    ),
    "rtf table par": (
        rtf.convert,
        rich(
            "\\trowd\\cellx100\\cellx200 {\\pard\\intbl A\\par}\\cell {\\pard B\\par C}\\cell\\row\\trowd\\cellx100\\cellx200 1\\cell 2\\cell\\row\\pard end"
        ),
        ("| A | B C |", "| 1 | 2 |"),
    ),
    "rtf header footer": (
        rtf.convert,
        rich("{\\header Head AB-4711\\par}{\\footer Foot 2026\\par}Body text\\par"),
        ("Head AB-4711", "Foot 2026", "Body text"),
    ),
    "rtf footnote": (rtf.convert, rich("Text{\\footnote Note 77} more\\par"), ("Note 77",)),
    "rtf cyr": (rtf.convert, b"{\\rtf1\\ansi\\ansicpg1251 \\'cf\\'f0\\'e8\\'e2\\'e5\\'f2}", ("Привет",)),
    "rtf annotation": (rtf.convert, rich("Text{\\*\\annotation Comment 88} more\\par"), ("Comment 88",)),
    "rtf nosup": (rtf.convert, rich("1,234{\\super 1} text\\par"), ("!1,2341",)),
    "rtf raised": (
        rtf.convert,
        rich(
            "10{\\super -3} 10{\\b\\super \\u8722?19} {\\b 1,234}{\\super 1} 7{\\up6 2} CO{\\sub 2} 5\\super 8\\nosupersub  x {\\super 1}Note {\\super 2}{\\footnote Foot 9}\\par"
        ),
        ("10⁻³", "10⁻¹⁹", "1,234¹", "7²", "CO₂", "5⁸ x", "¹Note", "Foot 9]"),
    ),
    "rtf bars": (
        rtf.convert,
        rich("\\trowd k\\cell v\\cell\\row\\trowd a|b\\cell 1\\'7c2\\cell\\row\\pard one | two |\\par"),
        ("| a\\|b | 1\\|2 |", "\none | two |\n"),
    ),
    "rtf tracked and struck": (
        rtf.convert,
        rich(
            "{\\deleted old 8}{\\revised new 9} price {\\strike 100} 80\\par \\trowd{\\strike a\\cell b}\\cell\\row\\pard"
        ),
        ("!old 8", "new 9", "1 deletion left out", "~~100~~ 80", "| ~~a~~ | ~~b~~ |"),
    ),
    "rtf hidden in words": (
        rtf.convert,
        rich("1{\\v 00}2 {\\v hid 55}vis\\par"),
        ("12 ", "hid 55 vis", "1 hidden piece of text within words left out"),
    ),
    "rtf beyond the first plane": (rtf.convert, rich("Hi \\u-10179?\\u-8704? 5\\par"), ("Hi \N{GRINNING FACE} 5",)),
    "rtf boxes": (rtf.convert, rich("b {\\shp{\\*\\shpinst{\\shptxt box 5\\par}}}\\par"), ("text boxes",)),
    "rtf listtext": (
        rtf.convert,
        rich("{\\listtext\\pard\\plain 1.\\tab}First\\par{\\listtext 2.\\tab}Second\\par"),
        ("1.", "First", "2."),
    ),
    "rtf hyphen": (rtf.convert, rich("non\\_breaking para\\-graph a\\~b"), ("paragraph", "non")),
    "rtf field": (
        rtf.convert,
        rich('{\\field{\\*\\fldinst HYPERLINK "http://x"}{\\fldrslt link text}} ok'),
        ("link text", "!HYPERLINK"),
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_what_is_kept(name: str) -> None:
    convert, data, words = CASES[name]
    text = converted(convert, data)
    for word in words:
        assert (word[1:] not in text) if word.startswith("!") else (word in text)
