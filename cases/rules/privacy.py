"""Who a reporter is, by need: numbers masked, purposes named, numbers told apart however they are written."""

import hmac
import re

from cases.rules.evidence import FEWEST_PHONE_DIGITS
from gis_core.errors import BadInput, NotAllowed

PURPOSES: dict[str, str] = {
    "call_back": "回访反映人",
    "find_place": "核实地点或情况",
    "tell_result": "告知办理结果",
    "correct": "更正登记的内容",
    "complaint": "处理投诉",
}
"""What a contact may be looked at for; a code of these stands in the log."""
STARS = "****"
_SIGNS = r"[\s().\-—–－/]*"


class NoPurpose(BadInput):
    """A contact is asked for without saying what for."""

    code = "no_purpose"


class TooManyLooks(NotAllowed):
    """The person has looked at as many contacts, or callers, as a day allows."""

    code = "too_many_looks"


class NotConfirmed(BadInput):
    """An erasure that was not confirmed, or of a number that was typed in two ways."""

    code = "not_confirmed"


class NoSuchNumber(BadInput):
    """A telephone number is asked about that cannot be one."""

    code = "no_such_number"


def check_purpose(purpose: str) -> str:
    """The purpose, if it is one of the list.

    :raises NoPurpose: else.
    """
    if purpose not in PURPOSES:
        raise NoPurpose(f"请选择查看的目的：{'、'.join(PURPOSES.values())}。", purposes=list(PURPOSES))
    return purpose


def mask_phone(phone: str) -> str:
    """A number of which only ends are shown; of a short one no more than the last two digits.

    >>> mask_phone("13800000000"), mask_phone("0917-3260001"), mask_phone("3260001"), mask_phone("")
    ('138****0000', '091****0001', '****01', '')
    """
    digits = re.sub(r"\D", "", phone)
    if len(digits) >= 11:
        return f"{digits[:3]}{STARS}{digits[-4:]}"
    return f"{STARS}{digits[-2:]}" if digits else STARS if phone.strip() else ""


def mask_name(name: str) -> str:
    """A name of which the first sign is shown.

    >>> mask_name("王小明"), mask_name("王 <a@example.org>"), mask_name("")
    ('王**', '王**', '')
    """
    return f"{name.strip()[0]}**" if name.strip() else ""


def plain_number(phone: str) -> str:
    """A number as digits, however it was written; a mobile number without the country's code.

    >>> plain_number("+86 138-0000-0000"), plain_number("0917 326 0001")
    ('13800000000', '09173260001')

    :raises NoSuchNumber: for fewer than seven digits.
    """
    digits = re.sub(r"\D", "", phone)
    digits = re.sub(r"^(?:0086|86)(?=1\d{10}$)", "", digits)
    if len(digits) < FEWEST_PHONE_DIGITS or len(digits) > 20:
        raise NoSuchNumber("请填写完整的电话号码，座机带区号。")
    return digits


def subject_of(number: str, key: bytes) -> bytes:
    """What logs keep of a plain number: a hash with a secret that lies outside the database.

    >>> subject_of("13800000000", b"a") == subject_of("13800000000", b"b")
    False
    """
    return hmac.digest(key, number.encode(), "sha256")


def number_pattern(number: str) -> str:
    """A pattern that finds a plain number in words, with any blanks or hyphens between its digits.

    Python and PostgreSQL read it alike.
    """
    return _SIGNS.join(number)


def without_number(words: str, number: str) -> str:
    """Words in which a plain number is blotted out.

    >>> without_number("打 138 0000 0000 找我", "13800000000")
    '打 *** 找我'
    """
    return re.sub(rf"(?<!\d){number_pattern(number)}(?!\d)", "***", words)
