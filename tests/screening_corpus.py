"""Cells as offices write them, and identifiers of nobody, made from a seed, in many disguises.

All numbers are drawn at random; none was taken from a person. Tests and the benchmark use them.
"""

import random
from collections.abc import Callable
from dataclasses import dataclass

import pandas as pd

from geo_jindu.screening import PersonalKind

PROVINCE_CODES = (
    "11 12 13 14 15 21 22 23 31 32 33 34 35 36 37 41 42 43 44 45 46 50 51 52 53 54 61 62 63 64 65"
)
PLATES = "京津冀晋蒙辽吉黑沪苏浙皖闽赣鲁豫鄂湘粤桂琼渝川贵云藏陕甘青宁新"
PLATE_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ"
ISSUERS = ("621700", "622848", "622202", "621483", "625809", "601382", "436742", "552599", "356839")
Draw = random.Random


# identifiers of nobody


def make_citizen_id(draw: Draw) -> str:
    place = draw.choice(PROVINCE_CODES.split()) + f"{draw.randint(1, 30):02d}{draw.randint(1, 29):02d}"
    return with_check_character(f"{place}{make_birthday(draw)}{draw.randint(1, 999):03d}")


def with_check_character(digits: str) -> str:
    """Add the check as the standard words it: the weighted sum of all eighteen is 1 modulo 11."""
    for check in "0123456789X":
        values = [10 if each == "X" else int(each) for each in digits + check]
        if sum(value << (17 - place) for place, value in enumerate(values)) % 11 == 1:
            return digits + check
    raise AssertionError


def make_birthday(draw: Draw) -> str:
    return f"{draw.randint(1940, 2005)}{draw.randint(1, 12):02d}{draw.randint(1, 28):02d}"


def make_old_citizen_id(draw: Draw) -> str:
    number = make_citizen_id(draw)
    return f"{number[:6]}{draw.randint(35, 99)}{number[10:17]}"


def make_mobile(draw: Draw) -> str:
    return f"1{draw.randint(3, 9)}{draw.randint(0, 999999998):09d}1"[:11]


def make_bank_card(draw: Draw) -> str:
    issuer = draw.choice(ISSUERS)
    length = draw.choice((16, 19) if issuer.startswith("62") else (16,))
    digits = issuer + "".join(str(draw.randint(0, 9)) for _ in range(length - 7))
    return next(f"{digits}{last}" for last in range(10) if passes_luhn(f"{digits}{last}"))


def passes_luhn(number: str) -> bool:
    values = [int(digit) * (1 + place % 2) for place, digit in enumerate(reversed(number))]
    return sum(value if value < 10 else value - 9 for value in values) % 10 == 0


def make_plate(draw: Draw) -> str:
    body = "".join(draw.choice(PLATE_LETTERS + "0123456789") for _ in range(4)) + str(
        draw.randint(0, 9)
    )
    if draw.random() < 0.3:
        body = f"{draw.choice('DF')}{draw.randint(0, 99999):05d}"
    if draw.random() < 0.1:
        body = f"{draw.randint(0, 9999):04d}{draw.choice('学警挂港')}"
    return draw.choice(PLATES) + draw.choice(PLATE_LETTERS) + body


def make_passport(draw: Draw) -> str:
    letters = draw.choice(("E", "G", "EA", "EJ", "DE", "SE", "PE", "C", "CA", "W", "H", "M"))
    return f"{letters}{draw.randint(30 * 10**5, 10**7 - 1):07d}" + (
        str(draw.randint(0, 9)) if len(letters) == 1 else ""
    )


def make_email(draw: Draw) -> str:
    letters = "abcdefghijkmnpqrstuvwxyz"
    name, domain = ("".join(draw.choice(letters) for _ in range(draw.randint(2, 9))) for _ in range(2))
    return f"{name}{draw.randint(1, 99)}@{domain}.{draw.choice(('com', 'cn', 'com.cn', 'org'))}"


MAKERS: dict[str, tuple[PersonalKind, Callable[[Draw], str]]] = {
    "citizen_id": (PersonalKind.CITIZEN_ID, make_citizen_id),
    "old_citizen_id": (PersonalKind.CITIZEN_ID, make_old_citizen_id),
    "mobile": (PersonalKind.MOBILE, make_mobile),
    "bank_card": (PersonalKind.BANK_CARD, make_bank_card),
    "plate": (PersonalKind.PLATE, make_plate),
    "passport": (PersonalKind.PASSPORT, make_passport),
    "email": (PersonalKind.EMAIL, make_email),
}


# disguises


def shift(text: str, zero: int, capital: int = 0) -> str:
    """Write digits, and capitals if there are such, in another block of Unicode."""
    moved = [chr(zero + int(each)) if each in "0123456789" else each for each in text]
    if capital:
        moved = [chr(capital + ord(each) - 65) if "A" <= each <= "Z" else each for each in moved]
    return "".join(moved)


def cut(text: str, sizes: tuple[int, ...], gap: str) -> str:
    parts, start = [], 0
    for size in sizes:
        parts.append(text[start : start + size])
        start += size
    return gap.join(part for part in [*parts, text[start:]] if part)


def spell(digits: str) -> Callable[[str], str]:
    return lambda text: text.translate(str.maketrans("0123456789", digits))


def circle(text: str) -> str:
    return text.translate(str.maketrans("0123456789", "⓪①②③④⑤⑥⑦⑧⑨"))


Disguise = Callable[[str], str]
ANY: dict[str, Disguise] = {
    "as it is": str,
    "small letters": str.lower,
    "full width": lambda text: shift(text, 0xFF10, 0xFF21),
    "bold": lambda text: shift(text, 0x1D7CE, 0x1D400),
    "double-struck": lambda text: shift(text, 0x1D7D8),
    "Arabic digits": lambda text: shift(text, 0x0660),
    "circled": circle,
    "keycaps": lambda text: "".join(f"{e}\ufe0f\u20e3" if e.isdigit() else e for e in text),
    "zero-width": "\u200b".join,
    "soft hyphens": "\u00ad".join,
    "fillers": "\u3164".join,
    "underlined": lambda text: "".join(f"{each}\u0332" for each in text),
    "in a sentence": lambda text: f"经查，其号码 {text} 于2018年7月15日登记，另有3人待查。",
    "glued to Chinese": lambda text: f"登记为{text}的一名",
    "in brackets": lambda text: f"某某（{text}）",
    "quoted": lambda text: f"'{text}",
    "in an English sentence": lambda text: f"Seen on 2018-07-15 with {text}, see annex 3.",
    "in a second line": lambda text: f"第一行\n{text}\n",
    "after its place": lambda text: f"①{text}",
    "before a date": lambda text: f"{text}，2018-07-15",
}
SPACED: dict[str, Disguise] = {
    "one by one": " ".join,
    "hyphen after hyphen": "-".join,
    "non-breaking blanks": "\u00a0".join,
    "wide blanks": "\u3000".join,
}
SPELT: dict[str, Disguise] = {
    "numerals": spell("〇一二三四五六七八九"),
    "other zero": spell("零一二三四五六七八九"),
    "bank numerals": spell("零壹贰叁肆伍陆柒捌玖"),
    "spoken": spell("洞幺两三四五六拐八勾"),
    "letters typed": spell("Ol23456789"),
    "other letters typed": spell("oI23456789"),
}
OWN: dict[str, dict[str, Disguise]] = {
    "citizen_id": {
        "6-8-4": lambda text: cut(text, (6, 8), " "),
        "6-4-4-4": lambda text: cut(text, (6, 4, 4), "-"),
        "dots": lambda text: cut(text, (6, 8), "."),
        "slashes": lambda text: cut(text, (3, 3, 4, 4), "/"),
        "commas": lambda text: cut(text, (6, 8), "，"),
        "x apart": lambda text: cut(text, (17,), "-"),
        "Roman x": lambda text: text.replace("X", "ⅹ"),
        "multiplied": lambda text: text.replace("X", "×"),
        "Cyrillic x": lambda text: text.replace("X", "\u0445"),
        "wide x": lambda text: text.replace("X", "ｘ"),
        "with a telephone": lambda text: f"{text}13912345670"[:29],
        "after a number": lambda text: f"7{text}",
        "rounded": lambda text: f"{text[:15]}000",
        "rounded as binary": lambda text: str(int(float(f"{text[:15]}000"))),
        "in powers of ten": lambda text: repr(float(text.replace("X", "0"))),
    },
    "old_citizen_id": {"6-6-3": lambda text: cut(text, (6, 6), " ")},
    "mobile": {
        "3-4-4": lambda text: cut(text, (3, 4), " "),
        "with hyphens": lambda text: cut(text, (3, 4), "-"),
        "with dots": lambda text: cut(text, (3, 4), "."),
        "with commas": lambda text: cut(text, (3, 4), "，"),
        "3-8": lambda text: cut(text, (3,), "-"),
        "3-3-5": lambda text: cut(text, (3, 3), " "),
        "+86": lambda text: f"+86{text}",
        "+86 and gaps": lambda text: f"+86 {cut(text, (3, 4), ' ')}",
        "(+86)": lambda text: f"(+86){text}",
        "0086": lambda text: f"0086-{text}",
        "86": lambda text: f"86{text}",
        "0": lambda text: f"0{text}",
        "brackets": lambda text: f"({text[:3]}){text[3:7]}-{text[7:]}",
        "label": lambda text: f"Tel:{text}",
        "glued label": lambda text: f"tel{text}",
        "as a decimal": lambda text: f"{text}.0",
        "in powers of ten": lambda text: f"{text[0]}.{text[1:]}E10",
        "two of them": lambda text: f"{text}、{text}",
        "two glued": lambda text: text * 2,
        "first of a list": lambda text: f"1.{text}",
        "before a sentence": lambda text: f"{text}.2018年登记",
    },
    "bank_card": {
        "fours": lambda text: cut(text, (4, 4, 4, 4), " "),
        "fours with hyphens": lambda text: cut(text, (4, 4, 4, 4), "-"),
        "sixes": lambda text: cut(text, (6,), " "),
        "as a decimal": lambda text: f"{text}.0",
    },
    "plate": {
        "dot": lambda text: cut(text, (2,), "·"),
        "blank": lambda text: cut(text, (2,), " "),
        "hyphen": lambda text: cut(text, (2,), "-"),
        "after the province": lambda text: cut(text, (1, 1), " "),
        "no capitals": lambda text: f"车牌{text.lower()}",
        "traditional": lambda text: text.translate(str.maketrans("苏辽沪鲁云贵", "蘇遼滬魯雲貴")),
    },
    "passport": {
        "blank": lambda text: text.rstrip("0123456789") + " " + text.lstrip("ABCDEFGHJKLMNPSWT"),
        "label": lambda text: f"护照号码：{text}",
    },
    "email": {
        "wide at": lambda text: text.replace("@", "＠"),
        "at in brackets": lambda text: text.replace("@", "(at)"),
        "at and dot": lambda text: text.replace("@", "[at]").replace(".", "[dot]"),
        "words": lambda text: text.replace("@", " at ").replace(".", " dot "),
        "blanks": lambda text: text.replace("@", " @ ").replace(".", " . "),
        "hash": lambda text: text.replace("@", "#"),
        "艾特": lambda text: text.replace("@", "艾特"),
    },
}


def disguises(name: str) -> dict[str, Disguise]:
    """Return the disguises that suit a kind: no one spells an address letter by letter."""
    if name == "email":
        return {**ANY, **OWN[name]}
    spaced = {} if name == "old_citizen_id" else SPACED
    spelt = {} if name in {"old_citizen_id", "plate", "passport"} else SPELT
    return {**ANY, **spaced, **spelt, **OWN[name]}


# cells of every day


def _day(draw: Draw) -> tuple[int, int, int]:
    return draw.randint(2014, 2019), draw.randint(1, 12), draw.randint(1, 28)


def _county(draw: Draw) -> str:
    return f"{draw.choice(PROVINCE_CODES.split())}{draw.randint(1, 13):02d}{draw.randint(1, 29):02d}"


def _township(draw: Draw) -> str:
    return f"{_county(draw)}{draw.choice('0123')}{draw.randint(0, 29):02d}"


def _code(draw: Draw) -> str:
    return draw.choice((_county(draw), _township(draw), f"{_township(draw)}000"))


def _case_number(draw: Draw) -> str:
    year, month, _ = _day(draw)
    return f"A{_county(draw)}{draw.choice(('000000', '500000', '510000'))}{year}{month:02d}{_serial(draw, 4)}"


def _serial(draw: Draw, digits: int) -> str:
    return f"{int(10 ** draw.uniform(0, digits - 0.01)):0{digits}d}"


def _document(draw: Draw) -> str:
    year, unit = _day(draw)[0], draw.choice("湘衡甲乙丙丁禁公检")
    number = draw.randint(1, 4000)
    return draw.choice(
        (
            f"{unit}公（缉毒）立字〔{year}〕{number}号",
            f"{unit}禁毒办发〔{year}〕{number}号",
            f"{unit}公（治）行罚决字[{year}]第{number:04d}号",
            f"（{year}）{unit}{draw.randint(1, 99):02d}刑初{number}号",
            f"{unit}检公诉刑诉（{year}）{number}号",
        )
    )


def _date(draw: Draw) -> str:
    year, month, day = _day(draw)
    time = f"{draw.randint(0, 23):02d}:{draw.randint(0, 59):02d}:{draw.randint(0, 59):02d}"
    return draw.choice(
        (
            f"{year}-{month:02d}-{day:02d}",
            f"{year}/{month}/{day}",
            f"{year}.{month}.{day}",
            f"{year}年{month}月{day}日",
            f"{year}{month:02d}{day:02d}",
            f"{year}-{month:02d}-{day:02d} {time}",
            f"{year}-{month:02d}-{day:02d}T{time}+08:00",
            f"{year}-{month:02d}-{day:02d} {time}.{draw.randint(0, 999):03d}",
            f"{year}{month:02d}{day:02d}{time.replace(':', '')}",
        )
    )


def _period(draw: Draw) -> str:
    year, month, _ = _day(draw)
    return draw.choice(
        (
            f"{year}-{month:02d}",
            f"{year}年{month}月",
            f"{year}-01-01/{year}-12-31",
            f"{year}年第{draw.choice('一二三四')}季度",
            f"{year}Q{draw.randint(1, 4)}",
            f"{year}01-{year}12",
            f"二〇一{draw.choice('四五六七八九')}年{draw.choice('一二三四五六七八九十')}月",
        )
    )


def _coordinate(draw: Draw) -> str:
    lon, lat, digits = draw.uniform(73, 135), draw.uniform(18, 53), draw.randint(4, 15)
    return draw.choice(
        (
            f"{lon:.{digits}f}",
            f"{lat:.{digits}f}",
            repr(lon),
            f"{lon:.{digits}f},{lat:.{digits}f}",
            f"{lon:.6f} {lat:.6f}",
            f"POINT ({lon!r} {lat!r})",
            f"{draw.uniform(2e6, 6e6):.6f}",
            f"{draw.uniform(2e5, 8e5)!r}",
            f"{int(lon)}°{draw.randint(0, 59)}′{draw.uniform(0, 60):.2f}″E",
        )
    )


def _count(draw: Draw) -> str:
    count = int(10 ** draw.uniform(0, 8))
    return draw.choice((str(count), f"{count:,}", f"{count}.0", f"{count} 人", f"{count}起"))


def _amount(draw: Draw) -> str:
    yuan = 10 ** draw.uniform(1, 11)
    return draw.choice(
        (f"{yuan:.2f}", f"{yuan:,.2f}", f"{yuan:,.0f} 元", f"¥{yuan:.2f}", f"{yuan / 1e4:.4f}万元")
    )


def _ratio(draw: Draw) -> str:
    ratio = draw.gauss(0, 3)
    return draw.choice((repr(ratio), f"{ratio:.4f}", f"{ratio:.1%}", f"{ratio:.12e}", f"{ratio:+.2f}"))


def _reference(draw: Draw) -> str:
    year, month, day = _day(draw)
    number = _serial(draw, 5)
    return draw.choice(
        (
            f"{year}{number}",
            f"WZ-{year}-{number}",
            f"NO.{number}{draw.randint(0, 99):02d}",
            f"{draw.choice('ABSPQR')}{year}{month:02d}{day:02d}",
            f"{draw.choice('ABSPQR')}{year}{number}",
            f"{draw.choice('PSDCWH')}{year}{draw.randint(1, 999):03d}",
            f"SN{draw.randint(0, 10**11):011d}",
            f"JD{draw.randint(0, 10**13):013d}",
            f"{year}{month:02d}{day:02d}{draw.randint(0, 10**6):06d}",
            f"{year}{month:02d}{day:02d}{draw.randint(0, 10**10):010d}",
            f"{_county(draw)}{year}{month:02d}{_serial(draw, 4)}",
            f"{_county(draw)}{year}{_serial(draw, 6)}",
            f"{_township(draw)}000{_serial(draw, 4)}",
            f"{_county(draw)}-{year}-{_serial(draw, 4)}",
            f"{_county(draw)}000000{year}{month:02d}{_serial(draw, 4)}",
            f"91{_county(draw)}MA{draw.randint(0, 9)}{draw.choice('KLPQ')}{_serial(draw, 5)}X",
            f"国药准字H{year}{_serial(draw, 4)}",
            f"{draw.getrandbits(256):064x}",
            f"{draw.getrandbits(128):032x}",
            f"0734-{draw.randint(1000000, 8999999)}",
            f"{draw.randint(1_400_000_000, 1_570_000_000)}{draw.randint(0, 999):03d}",
        )
    )


def _remark(draw: Draw) -> str:
    year, month, day = _day(draw)
    some = draw.randint(2, 60)
    return draw.choice(
        (
            f"{month}月{day}日，禁毒大队在城东镇开展清查，出动警力{some}人次，检查场所{draw.randint(2, 90)}家。",
            f"第{draw.choice('一二三')}批挂牌整治，期限{draw.choice((6, 12))}个月，{year}年{month}月{day}日验收得{some + 30}.5分",
            f"一、二、三组各{some}户，四、五组未走访；七、八、九月补报",
            f"外流贩毒人员由{some + 20}人降至{some}人，下降{draw.uniform(1, 90):.1f}%，列全市第{draw.randint(1, 184)}位",
            f"毒品（冰毒）{draw.uniform(0.1, 900):.2f}克；K粉{draw.randint(1, 40)}包；麻古{draw.randint(1, 900)}粒",
            f"新增G{draw.randint(1, 99)}高速出口、云{draw.choice('ABC')}区监控各{some}处",
            f"On or near Park Street at St. John's, {some} m from the A{draw.randint(1, 700)}",
            f"Reported {year}-{month:02d}-{day:02d}; {draw.randint(100, 9999)} visits, ll. 10-{some} of form 100",
            f"上报{year}0{draw.randint(1, 9)}期简报，编号{_serial(draw, 4)}；联系单位：甲县禁毒办",
            f"{year}年{month}月、{year}年{month}月两次约谈；督办层级2→3；反馈@禁毒办",
            f"网格{draw.randint(1, 30)}-{draw.randint(1, 30)}-{draw.randint(1, 200)}，里程K{draw.randint(1, 900)}+{draw.randint(100, 900)}",
        )
    )


def _place(draw: Draw) -> str:
    return draw.choice("东西南北甲乙丙丁新青云川吉") + draw.choice(
        ("城街道", "山镇", "河乡", "桥镇（原东河乡）", "岭社区居委会", "县甲镇二组15号")
    )


CELLS: dict[str, Callable[[Draw], str]] = {
    "codes": _code,
    "case numbers": _case_number,
    "document numbers": _document,
    "dates": _date,
    "periods": _period,
    "coordinates": _coordinate,
    "counts": _count,
    "amounts": _amount,
    "ratios": _ratio,
    "references": _reference,
    "remarks": _remark,
    "places": _place,
}


@dataclass(frozen=True)
class Corpus:
    """A table with identifiers planted in it.

    Attributes
    ----------
    table
        One column for each kind of cell, index from 2.
    planted
        For each planted cell (row, column): the kind and the disguise.
    """

    table: pd.DataFrame
    planted: dict[tuple[int, str], tuple[str, str]]


def make_corpus(cells: int = 100_000, planted: int = 1_000, seed: int = 20_190_626) -> Corpus:
    """Return about ``cells`` cells, ``planted`` of them replaced by identifiers in turn."""
    draw = random.Random(seed)  # noqa: S311
    rows = -(-cells // len(CELLS))
    columns = {name: [make(draw) for _ in range(rows)] for name, make in CELLS.items()}
    ways = [(name, way) for name in MAKERS for way in disguises(name)]
    places = draw.sample([(row, column) for row in range(rows) for column in CELLS], planted)
    chosen = {}
    for number, (row, column) in enumerate(places):
        name, way = ways[number % len(ways)]
        columns[column][row] = disguises(name)[way](MAKERS[name][1](draw))
        chosen[row + 2, column] = (name, way)
    table = pd.DataFrame(columns, dtype="str", index=pd.RangeIndex(2, rows + 2, name="row"))
    return Corpus(table, chosen)


def make_incident_number(draw: Draw) -> str:
    """Return place, day and serial in eighteen digits: the form of a citizen ID, with any check."""
    year, month, day = _day(draw)
    return f"{_county(draw)}{year}{month:02d}{day:02d}{_serial(draw, 4)}"
