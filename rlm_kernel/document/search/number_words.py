"""The words and signs beside a number: scales by language, currencies, units of measure, names of months."""

from __future__ import annotations


def _scales(*rows: tuple[int, str]) -> dict[str, int]:
    return {word: power for power, names in rows for word in names.split()}


def _set(names: str) -> frozenset[str]:
    return frozenset(names.split())


# Word -> power of ten, in lower case and without a final point. Before a word of `COMMA_SCALES` a number is written
# with a decimal comma.
POINT_SCALES = _scales(
    (2, "hundred hundreds"),
    (3, "thousand thousands"),
    (5, "lakh lakhs lac lacs"),
    (6, "million millions mn"),
    (7, "crore crores crs"),
    (9, "billion billions bn bln bil"),
    (12, "trillion trillions tn trn"),
)
COMMA_SCALES = _scales(
    # German; Romance languages; Dutch, Scandinavian and Slavic languages; Turkish
    (3, "tausend tsd mil mille mila millier milliers duizend tusen tusind tys tisíc тыс тысяч tkr"),
    (6, "mio mill millionen millones millón milione milioni milhão milhões miljoen miljoner milj mln milionů"),
    (6, "milionów млн миллион миллиона миллионов milyon mkr mnkr"),
    (
        9,
        "mrd mia milliarde milliarden milliard milliards md mds mld miliardo miliardi bilhão bilhões miljard miljarder",
    ),
    (9, "mlrd miliard miliardów млрд миллиард миллиарда миллиардов milyar mdkr"),
    (12, "billionen bio billones billón trilhão trilhões трлн триллион trilyon"),
)
SCALES = COMMA_SCALES | POINT_SCALES
# Words that are scales beside a currency, or abbreviated with a point, only.
ONLY_MONEY = _set("mill bio md mds bil crs")
ABBREVIATED = _set("mio mrd tsd mill mia bio mln mld md milj tys тыс млн млрд трлн mn bn")
# Scales of East Asia stand directly behind the digits, one after the other: 3億5000万.
EAST_SCALES = {"兆": 12, "조": 12, "億": 8, "亿": 8, "억": 8, "万": 4, "萬": 4, "만": 4, "千": 3, "천": 3, "百": 2}
EAST_SCALES |= {"百万": 6, "千万": 7, "百萬": 6, "千萬": 7, "백만": 6, "천만": 7}
# Letters, in the spelling given: scales beside a currency, and those of `ALWAYS_SCALES` anywhere.
LETTER_SCALES = {"k": 3, "K": 3, "m": 6, "M": 6, "mm": 6, "MM": 6, "b": 9, "B": 9, "t": 12, "T": 12, "Cr": 7, "cr": 7}
ALWAYS_SCALES = _set("k K M MM")

_CODES = (
    "USD|EUR|GBP|CHF|JPY|CNY|RMB|INR|AUD|CAD|NZD|SEK|NOK|DKK|ISK|PLN|CZK|HUF|RON|BGN|RUB|UAH|TRY|BRL|MXN|ARS|CLP|COP|"
    "PEN|ZAR|NGN|KES|EGP|ILS|AED|SAR|QAR|KWD|KRW|SGD|HKD|TWD|THB|IDR|MYR|PHP|VND|PKR|BDT|LKR|BTC|ETH|DEM|FRF|ITL|ESP"
)
CURRENCY_CODES = _CODES
CODES = frozenset(_CODES.split("|"))
# The currency before a number, and the one behind it, as patterns.
BEFORE = (
    r"(?:(?<![A-Za-z])(?:US|AU|CA|NZ|HK|NT|MX|A|C|S|R|T|k|K|M)?[$€]|[£¥₹₽₩₺₪₫₴₦฿₱₨₡₲₵₸₼₾]"
    rf"|(?<![A-Za-z])(?:[kKM]?(?:{_CODES})|TEUR|TUSD|SFr\.?|Fr\.|Rs\.?|Rp\.?|RM|kr\.?|zł|Kč))"
)
_NAMES = (
    "euros?|dollars?|cents?|pounds?|pence|francs?|franken|yen|yuan|rupees?|roubles?|rubles?|pesos?|kron(?:a|e|or|er)"
)
AFTER = (
    r"(?:(?:US|AU|CA|NZ|HK|A|C|S|R|T)?[$€]|[£¥₹₽₩₺₪₫₴₦฿₱₨¢円元원]"
    rf"|(?:{_CODES})(?=(?:bn|mn|m|k)(?!\w))|(?:{_CODES}|TEUR|TUSD|kr|zł|Kč|Ft|lei|руб|грн)(?![A-Za-z])|(?i:{_NAMES})(?![A-Za-z]))"
)
# Beside one of these a decimal comma is usual, so that 1.234 of them are more than a thousand.
COMMA_CURRENCIES = _set(
    "EUR € TEUR T€ DKK SEK NOK PLN CZK HUF RON TRY ₺ BRL R$ IDR Rp Rp. VND ₫ RUB ₽ UAH kr kr. zł Kč"
)
RUPEES = _set("₹ ₨ INR Rs Rs. PKR BDT LKR")

UNITS = _set(
    "kg g mg µg μg t lb lbs oz km m cm mm µm μm nm mi ft yd l ml cl dl hl L mL s ms µs μs ns h hr hrs min mins "
    "sec secs d wk yr yrs B KB MB GB TB PB KiB MiB GiB TiB kB bit bits byte bytes kbit Mbit Gbit kbps Mbps Gbps "
    "Hz kHz MHz GHz W kW MW GW TW Wh kWh MWh GWh TWh J kJ MJ GJ V kV mV A mA Ah mAh Pa hPa kPa MPa bar mbar K °C "
    "°F ° N kN cal kcal mol mmol ppm ppb bp bps pp px pt dpi rpm mph kmh ha acre acres sqft dB m² m³ km² cm² cm³ "
    "m2 m3 km2 cm2 cm3 ft² ft2 year years month months week weeks day days hour hours minute minutes second "
    "seconds"
)
MONTHS = (
    "jan(?:uary|uar|vier)?|enero|gennaio|feb(?:ruary|ruar|brero|braio)?|f[ée]vr(?:ier)?|febrero|mar(?:ch|s|zo|t)?|märz|"
    "apr(?:il|ile)?|avr(?:il)?|abril|may|mai|mayo|maggio|june?|juni|juin|junio|giugno|july?|juli|juil(?:let)?|julio|"
    "luglio|aug(?:ust)?|ao[uû]t|agosto|sept?(?:ember|embre|iembre)?|settembre|o[ck]t(?:ober|obre|ubre)?|ottobre|"
    "nov(?:ember|embre|iembre)?|de[cz](?:ember|embre)?|d[ée]c(?:embre)?|diciembre|dicembre"
)


def led(currency: str) -> int:
    """The power of ten of the letter before a currency (K€, MSEK; T is thousand), 0 where there is none."""
    if (currency[1:] not in CODES and currency[1:] not in ("€", "$")) or currency in ("T$", "TEUR", "TUSD"):
        return 0
    return {"k": 3, "K": 3, "M": 6, "T": 3}.get(currency[0], 0)
