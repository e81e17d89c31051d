"""Five people on their own devices in 经二路, and the case that passes between them, over HTTP."""

import re
from dataclasses import dataclass
from io import BytesIO
from uuid import uuid4

from fastapi.testclient import TestClient
from PIL import Image

from tests.case_city import DEPARTMENT, JINGER_ROAD, MISSING_COVER

POSTS = {
    "inspector": "inspector1",
    "operator": "operator1",
    "chief": "chief1",
    "dispatcher": "dispatcher1",
    "department": "drainage",
}


def picture(colour: str) -> BytesIO:
    """A photo as a phone sends it."""
    sent = BytesIO()
    Image.new("RGB", (640, 480), colour).save(sent, "JPEG")
    sent.seek(0)
    return sent


@dataclass
class Street:
    """Five people signed in on their own devices, and the case that passes between them."""

    people: dict[str, TestClient]
    case_no: str = ""

    def report(self) -> None:
        """The inspector sends the form of the phone page."""
        fields = {
            "client_id": str(uuid4()), "type": "component:01002", "position_source": "gps",
            "lon": JINGER_ROAD.lon_deg, "lat": JINGER_ROAD.lat_deg, "accuracy_m": 8,
            "description": "经二路路口污水井盖缺失",
        }  # fmt: skip
        answer = self.people["inspector"].post(
            "/m/report", data=fields, files={"photos": ("a.jpg", picture("grey"), "image/jpeg")}
        )
        self.case_no = re.sub(r".*no=", "", answer.headers["location"])

    def page(self, post: str) -> str:
        """The case as this person sees it."""
        return self.people[post].get(f"/cases/{self.case_no}").text

    def act(self, post: str, action: str, photo: str | None = None, **fields: object) -> int:
        """Send the form of a step, with the revision that this person sees; answers the status."""
        seen = self.people[post].get(f"/api/v1/cases/{self.case_no}").json()
        sent = {"revision": seen["revision"], **fields}
        files = {"photos": ("b.jpg", picture(photo), "image/jpeg")} if photo else None
        return self.people[post].post(f"/cases/{self.case_no}/{action}", data=sent, files=files).status_code


def until_dispatched(street: Street) -> list[int]:
    return [
        street.act("operator", "accept", criterion_code=MISSING_COVER),
        street.act("chief", "file_case"),
        street.act("dispatcher", "dispatch", department_code=DEPARTMENT),
    ]


def until_rechecked(street: Street, inspector_id: int) -> list[int]:
    return [
        *until_dispatched(street),
        street.act("department", "assign"),
        street.act("department", "finish", photo="green", text="已更换井盖"),
        street.act("operator", "send_recheck", inspector_id=inspector_id),
        street.act("inspector", "reply_recheck", photo="blue", result="true"),
    ]


def until_closed(street: Street, inspector_id: int) -> list[int]:
    return [*until_rechecked(street, inspector_id), street.act("chief", "close")]
