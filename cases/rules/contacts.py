"""Addresses that messages go to: checked, and written in one way, so that one address is one."""

import re

import phonenumbers

from cases.rules.evidence import PHONE_REGION
from gis_core.errors import BadInput

LONGEST_EMAIL = 254
EMAIL = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9-]{1,63}(\.[A-Za-z0-9-]{1,63})+")
_TEXTED = (phonenumbers.PhoneNumberType.MOBILE, phonenumbers.PhoneNumberType.FIXED_LINE_OR_MOBILE)


class BadEmail(BadInput):
    """An e-mail address that cannot be one."""

    code = "bad_email"


class BadMobile(BadInput):
    """A number that takes no SMS."""

    code = "bad_mobile"


def check_email(text: str) -> str:
    """The address, its host in small letters.

    :raises BadEmail: when it cannot be one.

    >>> check_email(" someone@Example.ORG ")
    'someone@example.org'
    """
    tidy = text.strip()
    if len(tidy) > LONGEST_EMAIL or not EMAIL.fullmatch(tidy):
        raise BadEmail("电子邮箱不对，请写成 name@example.org。")
    name, _, host = tidy.rpartition("@")
    return f"{name}@{host.lower()}"


def check_mobile(text: str) -> str:
    """The number of a mobile telephone as +86…; numbers without a country are Chinese.

    :raises BadMobile: for what is no number, or no mobile one.

    >>> check_mobile("139 1234 5678")
    '+8613912345678'
    """
    try:
        number = phonenumbers.parse(text.strip()[:40], PHONE_REGION)
    except phonenumbers.NumberParseException:
        raise BadMobile("手机号码不对，请填写能收短信的号码。") from None
    if not phonenumbers.is_valid_number(number) or phonenumbers.number_type(number) not in _TEXTED:
        raise BadMobile("手机号码不对，请填写能收短信的号码。")
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
