"""Headers of columns that hold names of persons or other data that belong to one."""

import re
import unicodedata

from geo_jindu.screening.readings import read_plainly

_COUNT = re.compile(
    r"(?:数|数量|人次|次数|率|比例|占比|比重|合计|类型|类别|种类|性质|来源|状态|年龄段|年龄组)\d*$"
    r"|\((?:名|人|个|次|起|户|人次|万人|%)\)$"
)
_OF_OFFICES = re.compile(r"(?:举报|值班|办公|报警|固定|单位|热线|投诉|服务)(?:电话|邮箱)")
_ARRESTED = re.compile(
    r"(?:抓获|查获|缴获|扣押|查扣|刑拘|拘留|逮捕|批捕|打击|移送|移诉|起诉|查处|处置)"
)
_COUNTED = {"嫌疑人", "被告人", "手机"}
"""With such a verb before, an office's usual heading of a count."""

_ANYWHERE = re.compile(
    "姓名|身份证|身份号码|证件号|手机号|银行卡号|银行账号|护照号|通行证号|车牌|微信号|QQ号"
    "|出生日期|出生年月|家庭住址|现住址|居住地址|户籍地址|家庭地址|曾用名|绰号|电话号"
)
_AT_END = re.compile(
    "(当事人|嫌疑人|涉案人员|涉案人|被告人|被告|被害人|受害人|受害者|报案人|报警人|举报人|联系人|联络人"
    "|户主|监护人|法定代表人|责任人|负责人|经办人|承办人|填表人|填报人|制表人|审核人|录入人|办案民警"
    "|人名|名字|手机|电话|联系方式|住址|邮箱|电子邮件|护照|生日|签名|签字|银行卡|网名|昵称|亲属|家属|配偶)"
    r"(?:信息|情况|名单|列表|[甲乙丙丁]|[一二三四五六七八九十]+|\d+)?$"
)
_INITIALS = re.compile(
    "(?:XYR|FZXYR|DSR|HZ|BHR|SHR|BGR|LXR)?XM|XINGMING|SFZH?M?|SFZJHM|GMSFZ?HM|ZJHM?|LXDH|DHHM|SJHM?"
    "|JTZZ|XZZ|CSRQ|(?:FZ)?XYR|DSR|LXR|CPHM?|YHKH"
)
"""First letters of the Chinese words, as police systems name their columns."""

_WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
_NAMES_OF = (
    "person|people|full|sur|first|last|given|family|middle|fore|maiden|suspect|victim|defendant"
    "|offender|contact|officer|householder|patient|driver|witness|complainant|reporter|applicant"
)
_ENGLISH = re.compile(
    r"(?:\w+_)?("
    rf"(?:{_NAMES_OF})_?names?|nick_?name|suspect|defendant|victim|offender|householder|complainant"
    "|phone|telephone|mobile|cell_?phone|tel|e_?mail|wechat|qq"
    "|id_?card|identity_card|national_id|citizen_id|person_id|personal_id|(?:id|identity)_(?:no|number)"
    "|ssn|passport|licen[cs]e_plate|plate_(?:no|number)|bank_(?:card|account)|card_(?:no|number)"
    "|(?:home|residential)_addr(?:ess)?|dob|date_of_birth|birth_?date|birthday"
    r")(?:_(?:no|num|numbers?|phone|address|id|\d+))*"
)
"""Words of a header joined by ``_``; other words may stand before, as in ``suspect_phone_no``."""


def find_name_word(header: str) -> str:
    """Return the word that makes a header one of persons' data; empty if none does.

    The word is one of ours: a header may hold more, such as somebody's name.
    """
    read = read_plainly(header).replace(" ", "")
    if _COUNT.search(read) or _OF_OFFICES.search(read):
        return ""
    plain = re.sub(r"[\W_]+", "", read)
    found = _ANYWHERE.search(plain)
    if found:
        return found[0]
    at_end = _AT_END.search(plain)
    if at_end:
        return "" if _ARRESTED.search(plain) and at_end[1] in _COUNTED else at_end[1]
    initials = _INITIALS.fullmatch(plain)
    return initials[0] if initials else _find_english(header)


def _find_english(header: str) -> str:
    words = [word.lower() for word in _WORDS.findall(unicodedata.normalize("NFKC", header))]
    found = _ENGLISH.fullmatch("_".join(words))
    return found[1] if found else ""
