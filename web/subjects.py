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
from cases.subjects import Erased, Rows, erase, list_held
from emergency.record.subjects import erase_from_responses, list_held_in_responses
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
    "incident_calls": "突发事件来电人的姓名、单位、职务、电话",
    "incident_words": "突发事件的记录、通知、任务和快报里的号码",
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
    "calls": "突发事件的来电",
    "response_words": "突发事件的文字里出现号码的地方",
    "sealed_words": "出现号码的突发事件记录",
    "receivers": "预警接收名单",
    "receipts": "发到这个号码的预警和回执",
    "contacts": "应急资源的联系电话",
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
calls     用这个号码报告突发事件的来电
response_words  突发事件的来电、记录、通知、任务、快报里出现这个号码的文字
sealed_words    突发事件记录里出现这个号码、不能改动的地方
receivers 预警接收名单里的这个号码
receipts  发到这个号码的预警，何时确认
contacts  应急资源登记的联系电话

全部内容在 all.json；各表为 CSV，UTF-8。批量定位等上传文件 30 天后删除，不在其内。
"""


def find_held(sessions: Sessions, phone: str, key: bytes) -> dict[str, Rows]:
    """Everything held of a number as somebody writes it, by what it is; raises NoSuchNumber."""
    number = plain_number(phone)
    with sessions() as session:
        both = list_held(session, number, subject_of(number, key)), list_held_in_responses(session, number)
    return {name: getattr(held, name) for held in both for name in held.__dataclass_fields__}


def counts_of(held: Mapping[str, Rows]) -> dict[str, int]:
    """How many of each."""
    return {name: len(rows) for name, rows in held.items()}


def export_held(
    sessions: Sessions, phone: str, key: bytes, *, at: datetime, by: str, by_id: int | None = None
) -> bytes:
    """The same as a ZIP of JSON and CSV; that it was made is written down under the number's hash."""
    held = find_held(sessions, phone, key)
    subject = subject_of(plain_number(phone), key)
    with sessions.begin() as session:
        note_deed(
            session,
            "export",
            {"counts": counts_of(held)},
            at=at,
            by_name=by,
            by_person_id=by_id,
            subject=subject,
        )
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        about = {"phone": mask_phone(phone), "at": city_time(at).isoformat(), "counts": counts_of(held)}
        archive.writestr("说明.txt", READ_ME)
        archive.writestr("about.json", json.dumps(about, ensure_ascii=False, indent=1))
        archive.writestr("all.json", _as_json(held))
        for name, rows in held.items():
            archive.writestr(f"{name}.csv", _table(rows))
    return out.getvalue()


def erase_held(
    sessions: Sessions, phone: str, key: bytes, *, at: datetime, by: str, by_id: int | None = None
) -> Erased:
    """Take a number out of everything but facts; raises NoSuchNumber."""
    number = plain_number(phone)
    return erase(
        sessions,
        number,
        subject_of(number, key),
        at=at,
        by=by,
        by_id=by_id,
        elsewhere=erase_from_responses,
    )


def _as_json(held: Mapping[str, Rows]) -> str:
    return json.dumps(
        {name: [*rows] for name, rows in held.items()}, ensure_ascii=False, indent=1, default=_said
    )


def _said(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)


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
