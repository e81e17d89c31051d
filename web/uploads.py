"""What a request may carry: sizes of bodies, numbers of fields and files, photos of a form."""

from typing import Any

from fastapi import Request
from starlette.datastructures import FormData, UploadFile
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from cases.rules.evidence import TooManyPhotos
from gis_core.errors import BadInput

MAX_BODY_BYTES = 256 * 1024
MAX_PHOTO_BODY_BYTES = 64 * 1024 * 1024
"""Five photos of a phone with their form; a single photo has its own limit in the photo store."""
MAX_PHOTOS = 5
MAX_FILES = 16
"""Inputs of files of one form, left empty ones too: near, far and more, of the problem and of the result."""
MAX_FIELDS = 60
MAX_FIELD_BYTES = 64 * 1024
_DRAIN_BYTES = 4 * MAX_PHOTO_BODY_BYTES


class TooLarge(BadInput):
    """The request is larger than its route takes."""

    code = "too_large"


class Malformed(BadInput):
    """The form or the JSON cannot be read."""

    code = "malformed"


class BodyLimit:
    """Counts a body while it is read and stops at the limit: 64 MB for forms with files, 256 kB otherwise.

    What is left of a refused body is read and thrown away, so that the browser shows the answer.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, with a `receive` that counts."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        body = scope["citygrid.body"] = CountedBody(receive, limit=_limit_of(scope))
        try:
            await self.app(scope, body.receive, send)
        finally:
            if body.is_over:
                await body.drain()


class CountedBody:
    """A body while it is read: how much came, and whether it was too much."""

    def __init__(self, receive: Receive, *, limit: int) -> None:
        self._receive = receive
        self._limit = limit
        self._seen = 0
        self._has_more = True
        self.is_over = False

    async def receive(self) -> Message:
        """The next part of the body.

        :raises TooLarge: beyond the limit.
        """
        message = await self._next()
        if self._seen > self._limit:
            self.is_over = True
            raise self.refusal()
        return message

    def refusal(self) -> TooLarge:
        """What the sender is told."""
        kept = "没有写入任何内容。请减少照片或文字后重试。"
        return TooLarge(f"提交的内容超过 {self._limit // 1024} kB，{kept}")

    async def drain(self) -> None:
        """Read and throw away what is left, up to a quarter of a gigabyte."""
        while self._has_more and self._seen < _DRAIN_BYTES:
            await self._next()

    async def _next(self) -> Message:
        message = await self._receive()
        self._seen += len(message.get("body", b""))
        self._has_more = message["type"] == "http.request" and bool(message.get("more_body"))
        return message


def _limit_of(scope: Scope) -> int:
    kind = next((value for name, value in scope["headers"] if name == b"content-type"), b"")
    return MAX_PHOTO_BODY_BYTES if kind.startswith(b"multipart/form-data") else MAX_BODY_BYTES


async def read_form(request: Request) -> FormData:
    """The form of a request within its limits.

    :raises Malformed: when it cannot be read or has too many fields or files.
    """
    try:
        return await request.form(max_files=MAX_FILES, max_fields=MAX_FIELDS, max_part_size=MAX_FIELD_BYTES)
    except HTTPException as problem:
        if "files" in str(problem.detail):
            raise TooManyPhotos(
                f"一次最多上传 {MAX_PHOTOS} 张照片。没有写入任何内容，请删去几张后重试。"
            ) from problem
        raise Malformed("表单无法读取，没有写入任何内容。请刷新页面后重试。") from problem


def photos_of(form: FormData, name: str = "photos") -> list[UploadFile]:
    """The photos of a form; inputs left empty are no photos.

    :raises TooManyPhotos: when there are more than five.
    """
    sent: list[Any] = [item for item in form.getlist(name) if isinstance(item, UploadFile)]
    photos = [file for file in sent if file.filename or file.size]
    if len(photos) > MAX_PHOTOS:
        raise too_many_photos()
    return photos


def too_many_photos() -> TooManyPhotos:
    """What the sender of more than five photos is told."""
    return TooManyPhotos(f"一次最多上传 {MAX_PHOTOS} 张照片。没有写入任何内容，请删去几张后重试。")
