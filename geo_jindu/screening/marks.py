"""Plates, permits, addresses and labelled names in a reading."""

import re

from geo_jindu.screening.kinds import PersonalKind

PROVINCES = "京津冀晋蒙辽吉黑沪苏浙皖闽赣鲁豫鄂湘粤桂琼渝川贵云藏陕甘青宁新"
"""Short names of provinces, the first character of a plate."""

_GAP = r"[ \-_.·•・‧∙:/|]?"
_ANY = "[A-HJ-NP-Z0-9]"
_LAST = "[A-HJ-NP-Z0-9挂学警港澳领试]"
_PLATE = re.compile(
    rf"[{PROVINCES}]{_GAP}[A-Z]{_GAP}("
    rf"{_ANY}{{4}}{_LAST}|{_ANY}{{6}}|{_ANY}{{2}}{_GAP}{_ANY}{{2}}{_LAST}|{_ANY}{{3}}{_GAP}{_ANY}{_LAST}"
    rf"|{_ANY}(?P<gap>[ \-.·]){_ANY}(?:(?P=gap){_ANY}){{2,3}}(?P=gap){_LAST}"
    ")(?![A-Z0-9])"
)
_DIGITS_OF_NEW_ENERGY = 4
"""A plate of six characters, for a vehicle of new energy, has at least so many digits."""

_NO_SERIAL = r"(?!20[12]\d|000)"
"""A year, or zeros, make a letter and digits a serial number or the number of a drug's approval."""
_NO_STATISTICS = r"(?!010[0-3]|0200[0-7]|050[01]|0[6-9]000|1[0-2]000|92000)"
"""Small areas, wards and districts of England, Wales and Scotland are a letter and eight digits too."""
_PERMIT = re.compile(
    rf"""
    (?<![A-Z0-9字])
    (?:
        [EG]{_GAP}{_NO_STATISTICS}\d{{8}}                 # passports
        | E[A-HJ-NP-Z]{_GAP}{_NO_SERIAL}\d{{7}}
        | [DSP]E?{_GAP}{_NO_SERIAL}\d{{7}}                # diplomatic, service, public affairs
        | [DSP]{_GAP}{_NO_SERIAL}{_NO_STATISTICS}\d{{8}}
        | [CWHMLT]{_GAP}{_NO_SERIAL}{_NO_STATISTICS}\d{{8}}   # to and from Hong Kong, Macau, Taiwan
        | C[A-HJ-NP-Z]{_GAP}{_NO_SERIAL}\d{{7}}
        | [HM]{_GAP}{_NO_SERIAL}\d{{10}}
    )
    (?![A-Z0-9])
    """,
    re.VERBOSE,
)
_ONE_BY_ONE = re.compile(r"(?<![A-Z0-9])[A-Z0-9]([ \-._])[A-Z0-9](?:\1[A-Z0-9]){6,}(?![A-Z0-9])")
_LABELLED_PERMIT = re.compile(
    r"(?:护照|通行证|台胞证|回乡证|居留证|居住证|身份证)(?:件|号码|证号|号|[ :是为])*"
    rf"[A-Z]{{0,2}}{_NO_SERIAL}\d{{7,12}}(?![A-Z0-9])"
)

_AT = r"(?:@|艾特|[(\[{<【]AT[)\]}>】])"
_DOT = r" ?(?:\.|。|点|[(\[{<【]DOT[)\]}>】]) ?"
_LABEL = "[A-Z0-9-]+"
_EMAIL = re.compile(
    rf"[\w.+%-] ?{_AT} ?{_LABEL}(?:{_DOT}{_LABEL})*{_DOT}[A-Z]{{2,}}"
    rf"|\w AT {_LABEL}(?: DOT {_LABEL})+"
    rf"|[\w.+%-]#{_LABEL}(?:\.{_LABEL})*\.(?:COM|CN|NET|ORG)(?![A-Z0-9])"
)

_LABELLED_NAME = re.compile(r"姓 ?名 ?[:=] ?[\u3400-\u9fff]")
_NAME_HEADER = re.compile(
    r"(?:犯罪)?(?:嫌疑人|违法人员?|当事人|被害人|受害人|户主|人员|联系人)?姓 ?名"
    r"|(?:居民)?身份证(?:件)?(?:号码?)?|公民身份号码|证件号码?|(?:手机|联系电话|电话)号码?|家庭住址"
)


def identify_mark(text: str) -> PersonalKind | None:
    """Return what mark of a person stands in the reading ``text``, if any."""
    close = _ONE_BY_ONE.sub(lambda found: found[0].replace(found[1], ""), text)
    if _PERMIT.search(close) or _LABELLED_PERMIT.search(close):
        return PersonalKind.PASSPORT
    if any(map(_is_plate, _PLATE.finditer(text))):
        return PersonalKind.PLATE
    return PersonalKind.EMAIL if _EMAIL.search(text) else None


def holds_name(text: str) -> bool:
    """Return whether a name is labelled as one, or the text is the header of a column of names."""
    return bool(_LABELLED_NAME.search(text) or _NAME_HEADER.fullmatch(text))


def _is_plate(found: re.Match[str]) -> bool:
    characters = re.sub(_GAP, "", found[1])
    digits = sum(map(str.isdigit, characters))
    return digits >= (_DIGITS_OF_NEW_ENERGY if len(characters) == 6 else 1)
