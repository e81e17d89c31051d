"""A request comes in: checked against its service, placed, filed as the public's report, once."""

import hashlib
import json
import re
from collections.abc import Sequence
from typing import Any
from urllib.parse import quote, urlsplit
from uuid import UUID, uuid5

from starlette.datastructures import FormData, UploadFile

from cases.arriving import Receipt
from cases.rules.deciding import Asking
from cases.rules.evidence import MOST_PHOTOS, TextTooLong
from gis_core.clock import city_time
from gis_core.errors import BadInput
from grid.components import get_component
from web.accounts import store
from web.accounts.keys import FormWithKey
from web.accounts.reading import ApiKey, find_api_report
from web.api.open311.asking import BadParameter, Fields, need_jurisdiction
from web.api.open311.calls import Call, jurisdictions_of
from web.api.open311.places import find_place
from web.api.open311.service_types import Attributes, Service, get_service, read_attributes
from web.forms import parse
from web.reports import ReportSent, file_report
from web.sent_photos import SentPhoto
from web.uploads import too_many_photos

NAMESPACE = UUID("0c1f9a7e-2f3b-5d8c-9b1a-311311311311")
MOST_DESCRIPTION = 4_000
"""GeoReport v2, POST requests."""
MOST_REFERENCE = 200
MOST_LINKS, MOST_LINK_SIGNS = MOST_PHOTOS, 800
EMAIL = re.compile(r"[^@\s<>]{1,64}@[^@\s<>]{1,190}")
HAN = re.compile(r"[\u4e00-\u9fff]")
NOT_OF_THE_BODY = ("api_key", "client_id")


class ClientIdUsed(BadInput):
    """This client id has brought another report before."""

    code = "client_id_used"


def take_request(call: Call, sent: FormWithKey, reference: str) -> list[dict[str, Any]]:
    """File a request and answer its number; the same again for the same client id or the same body.

    `reference` is the header Idempotency-Key. Raises what reading and filing raise; nothing is written then.
    """
    fields = Fields.of(sent.fields.multi_items())
    need_jurisdiction(fields, jurisdictions_of(call.wiring))
    service = get_service(call.wiring.catalogue, fields.need("service_code"))
    attributes = read_attributes(service, fields.attributes())
    links = _links(fields)
    photos = _photos(sent.fields)
    digest = _digest(fields, photos)
    client_id = _client_id(call, sent.key, _reference(fields, reference), digest)
    _need_same(call, client_id, digest)
    report = _report(call, service, fields, attributes, links) | {"client_id": str(client_id)}
    who = Asking(call.at, None, f"公众（{sent.key.name}）", "public")
    receipt = file_report(
        call.wiring, who, parse(ReportSent, FormData(report)), photos=tuple(map(SentPhoto, photos))
    )
    with call.wiring.sessions.begin() as session:
        store.add_api_report(session, client_id, key_id=sent.key.id, digest=digest, at=call.at)
    if receipt.is_repeat:
        _need_same(call, client_id, digest)  # two at once with one client id: the other one won
    return [_acknowledged(call, receipt, has_links=bool(links), account_id=fields.one("account_id"))]


def _report(
    call: Call, service: Service, fields: Fields, attributes: Attributes, links: Sequence[str]
) -> dict[str, str]:
    """The report that a request makes, as the fields of the form that everybody reports with."""
    where = find_place(fields, call.wiring.geocoder)
    return {
        "kind": service.type.kind,
        "type_code": service.type.code,
        "lon": str(where.place.lon_deg),
        "lat": str(where.place.lat_deg),
        "place_text": where.words,
        "description": _description(fields.one("description"), attributes, links),
        "component_code": _component(call, service, attributes.asset_id),
        "contact_name": _contact(fields),
        "contact_phone": fields.one("phone"),
    }


def _description(words: str, attributes: Attributes, links: Sequence[str]) -> str:
    """The reporter's words, below them what attributes and links say."""
    if len(words) > MOST_DESCRIPTION:
        raise TextTooLong(
            f"问题描述共 {len(words)} 字，最多 {MOST_DESCRIPTION} 字，请缩短。", most=MOST_DESCRIPTION
        )
    chosen = [f"情形：{attributes.criterion.condition}"] if attributes.criterion else []
    return "\n".join([*([words] if words else []), *chosen, *(f"照片链接（未下载）：{one}" for one in links)])


def _component(call: Call, service: Service, code: str | None) -> str:
    """The component that is meant, when the register has it and it is of the service's type."""
    if code is None:
        return ""
    with call.wiring.sessions() as session:
        component = get_component(session, code)
    if component.type_code != service.type.code:
        raise BadParameter(
            f"部件 {code} 不属于服务 {service.type.code}。请核对 asset_id。", fields=["asset_id"]
        )
    return component.code


def _contact(fields: Fields) -> str:
    """Name and e-mail of the reporter, which only the supervision centre sees."""
    first, last, email = fields.one("first_name"), fields.one("last_name"), fields.one("email")
    if email and not EMAIL.fullmatch(email):
        raise BadParameter(f"“{email[:60]}”不像电子邮箱。请核对，或不填。", fields=["email"])
    name = f"{last}{first}" if HAN.search(first + last) else f"{first} {last}".strip()
    if not email:
        return name[:MOST_REFERENCE]
    return (f"{name} <{email}>" if name else email)[:MOST_REFERENCE]


def _links(fields: Fields) -> tuple[str, ...]:
    """Addresses of photos elsewhere. They are kept as words: nothing here asks a host that a caller names."""
    links = fields.many("media_url")
    if len(links) > MOST_LINKS or sum(len(one) for one in links) > MOST_LINK_SIGNS:
        raise BadParameter(
            f"media_url 最多 {MOST_LINKS} 个，合计 {MOST_LINK_SIGNS} 个字符。请改用 media 上传照片。",
            fields=["media_url"],
        )
    if wrong := [one for one in links if not _is_link(one)]:
        raise BadParameter(
            f"media_url 应为 http 或 https 地址；现为“{wrong[0][:60]}”。请更正。", fields=["media_url"]
        )
    return links


def _is_link(words: str) -> bool:
    try:
        parts = urlsplit(words)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and words.isprintable()
    except ValueError:
        return False


def _photos(form: FormData) -> list[UploadFile]:
    """The photos of a form, whatever their fields are called: `media`, `photo1`, `file_1`."""
    files = [item for _, item in form.multi_items() if isinstance(item, UploadFile)]
    photos = [file for file in files if file.filename or file.size]
    if len(photos) > MOST_PHOTOS:
        raise too_many_photos()
    return photos


def _digest(fields: Fields, photos: Sequence[UploadFile]) -> bytes:
    """The SHA-256 of what was sent, but for the key and the client id."""
    pairs = sorted(pair for pair in fields.pairs if pair[0] not in NOT_OF_THE_BODY)
    found = hashlib.sha256(json.dumps(pairs).encode())
    for photo in photos:
        found.update(hashlib.file_digest(photo.file, "sha256").digest())  # type: ignore[arg-type]  # a spooled file
        photo.file.seek(0)
    return found.digest()


def _reference(fields: Fields, header: str) -> str:
    """The client's own number of the request: the parameter `client_id`, or the header Idempotency-Key."""
    named = fields.one("client_id")
    if named and header and named != header:
        raise BadParameter("client_id 与 Idempotency-Key 不同。请只用一个。", fields=["client_id"])
    reference = named or header
    if len(reference) > MOST_REFERENCE:
        raise BadParameter(f"client_id 最多 {MOST_REFERENCE} 个字符。请缩短。", fields=["client_id"])
    return reference


def _client_id(call: Call, key: ApiKey, reference: str, digest: bytes) -> UUID:
    """The client id of the report: by the client's number, or by the day and the body when it has none."""
    if reference:
        return uuid5(NAMESPACE, json.dumps(["reference", key.id, reference]))
    day = city_time(call.at).date()
    return uuid5(NAMESPACE, json.dumps(["body", key.id, f"{day}", digest.hex()]))


def _need_same(call: Call, client_id: UUID, digest: bytes) -> None:
    with call.wiring.sessions() as session:
        known = find_api_report(session, client_id)
    if known is not None and known != digest:
        raise ClientIdUsed("这个 client_id 已经用于另一件上报，内容不同。没有写入任何内容，请换一个编号。")


def _acknowledged(call: Call, receipt: Receipt, *, has_links: bool, account_id: str) -> dict[str, Any]:
    _ = call.say
    address = f"{call.host}/track?no={receipt.case_no}&code={quote(receipt.track_code)}"
    notice = [_("已收到，查询码 {code}。在 {address} 查看进度。", code=receipt.track_code, address=address)]
    if has_links:
        notice.append(_("照片链接没有下载，只作为文字记下；请用 media 字段上传照片。"))
    return {
        "service_request_id": receipt.case_no,
        "service_notice": " ".join(notice),
        "account_id": account_id[:MOST_REFERENCE] or None,
    }
