"""What is held of a telephone number as a file for its owner, and taking it out; each is written down."""

import csv
import io
import json
import zipfile
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from cases.retention import note_deed
from cases.rules.privacy import mask_phone, plain_number, subject_of
from cases.subjects import Erased, Held, as_json, erase, list_held
from gis_core.clock import city_time
from gis_core.csv_cells import harmless
from gis_core.db import Sessions

ERASED = {
    "contacts": "案件的称呼、电话",
    "joined": "附议人的称呼、电话",
    "followers": "关注办理进展的邮箱、手机号",
    "ratings": "评价里的号码",
    "words": "描述、地点里的号码",
    "joined_words": "附议说明里的号码",
    "words_of_facts": "补充说明原话里的号码",
}
HELD = {
    "reports": "反映的案件",
    "joined": "附议的案件",
    "followers": "关注的邮箱、手机号",
    "ratings": "写过的评价",
    "mentions": "文字里出现号码的案件",
    "photos": "照片",
    "looks": "查看记录",
    "facts": "出现号码的办理记录",
}
READ_ME = """这是城市管理系统中与一个电话号码有关的全部内容。

reports   用这个号码反映的案件
joined    用这个号码附议的案件
followers 用它或同一查询码留下的邮箱、手机号，关注办理进展
ratings   对办理结果的评价
mentions  文字里出现这个号码的案件
photos    随案件上传的照片（SHA-256；照片本身请向受理台索取）
looks     谁（按岗位）在什么时候、为什么查看过这个号码或这些案件的联系方式
facts     办理记录里出现这个号码的地方；办理记录依法留存、逐条相扣，不能改动

全部内容在 all.json；各表为 CSV，UTF-8。批量定位等上传文件 30 天后删除，不在其内。
"""


def find_held(sessions: Sessions, phone: str, key: bytes) -> Held:
    """Everything held of a number as somebody writes it; raises NoSuchNumber."""
    number = plain_number(phone)
    with sessions() as session:
        return list_held(session, number, subject_of(number, key))


def export_held(
    sessions: Sessions, phone: str, key: bytes, *, at: datetime, by: str, by_id: int | None = None
) -> bytes:
    """The same as a ZIP of JSON and CSV; that it was made is written down under the number's hash."""
    held = find_held(sessions, phone, key)
    subject = subject_of(plain_number(phone), key)
    with sessions.begin() as session:
        note_deed(
            session, "export", {"counts": held.counts}, at=at, by_name=by, by_person_id=by_id, subject=subject
        )
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        about = {"phone": mask_phone(phone), "at": city_time(at).isoformat(), "counts": held.counts}
        archive.writestr("说明.txt", READ_ME)
        archive.writestr("about.json", json.dumps(about, ensure_ascii=False, indent=1))
        archive.writestr("all.json", as_json(held))
        for name in Held.__slots__:
            archive.writestr(f"{name}.csv", _table(getattr(held, name)))
    return out.getvalue()


def erase_held(
    sessions: Sessions, phone: str, key: bytes, *, at: datetime, by: str, by_id: int | None = None
) -> Erased:
    """Take a number out of everything but facts; raises NoSuchNumber."""
    number = plain_number(phone)
    return erase(sessions, number, subject_of(number, key), at=at, by=by, by_id=by_id)


def _table(rows: Sequence[Mapping[str, Any]]) -> str:
    out = io.StringIO()
    if rows:
        writer = csv.writer(out)
        writer.writerow(rows[0].keys())
        writer.writerows([_cell(value) for value in row.values()] for row in rows)
    return "\ufeff" + out.getvalue()


def _cell(value: object) -> object:
    if isinstance(value, datetime):
        return city_time(value).isoformat(timespec="seconds")
    return harmless(value) if isinstance(value, str) else value
