"""Nonsense for forms and addresses: what a page asks for is filled with what nobody means."""

import re
from collections.abc import Iterator
from random import Random

from fastapi.testclient import TestClient
from lxml import html

NONSENSE = (
    "", " ", "x" * 5_000, "-1", "0", "nan", "1e999", "9" * 20, "\x00", "<b>", "'; DROP TABLE x", "{}", "[]",
    "null", "0001-01-01", "9999-12-31", "0001-01-01T00:00", "9999-12-31T23:59", "2026-13-45T99:99", "999,999",
    "％", "🌊" * 50, "\u202e", "1;2;3", "../../etc/passwd", "107.1,34.3\n107.2,34.3\n107.2,34.4\n107.1,34.3",
)  # fmt: skip
FILES = (b"", b"\x00" * 50, b"a,b\n1,2\n", b"PK\x03\x04junk", b"{}", b"\xff\xd8\xff")
ROUNDS = 4


def faults_of(client: TestClient, address: str, random: Random) -> list[str]:
    """Requests that a page's links and forms lead to and that end in a fault of ours: what was sent.

    The first round sends each form as it stands, the others put nonsense into a third of its fields.
    """
    page = client.get(address)
    if "html" not in page.headers.get("content-type", ""):
        return []
    found = [_told(client, "GET", address.partition("?")[0], {name: random.choice(NONSENSE)})
             for name in sorted(set(re.findall(r"[?&](\w+)=", page.text)))]  # fmt: skip
    for form in html.fromstring(page.content).xpath("//form"):
        to = form.get("action") or address
        if not to.startswith("/") or to.startswith("/sign-out"):
            continue
        method = (form.get("method") or "get").upper()
        files = form.xpath(".//input[@type='file']/@name")
        for n in range(ROUNDS):
            sent = dict(_filled(form, random, share=n and 0.35))
            found.append(_told(client, method, to, sent, {name: random.choice(FILES) for name in files}))
    return [one for one in found if one]


def _filled(form: html.HtmlElement, random: Random, *, share: float) -> Iterator[tuple[str, str]]:
    for field in form.xpath(".//input[@name] | .//select[@name] | .//textarea[@name] | .//button[@name]"):
        name, value, kind = field.get("name"), field.get("value") or "", field.get("type") or ""
        if kind == "file" or (kind in ("checkbox", "radio") and random.random() < 0.5):
            continue
        if field.tag == "select":
            value = random.choice([*field.xpath(".//option/@value"), ""])
        yield name, value if name == "csrf" or random.random() >= share else random.choice(NONSENSE)


def _told(
    client: TestClient, method: str, to: str, sent: dict[str, str], files: dict[str, bytes] | None = None
) -> str:
    try:
        if method == "GET":
            status = client.get(to, params=sent).status_code
        else:
            status = client.post(to, data=sent, files=files or None, follow_redirects=False).status_code
    except Exception as fault:  # noqa: BLE001  # a test client passes a fault on instead of answering 500
        status = repr(fault)
    known = {name: value[:40] for name, value in sent.items() if name != "csrf"}
    return "" if isinstance(status, int) and status < 500 else f"{status} {method} {to} {known}"
