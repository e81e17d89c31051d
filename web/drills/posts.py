"""Somebody at a post who works on the pages as a person does: reads them, fills in their forms."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from gis_core.errors import Refused
from web.live_day.accounts import Account, Page

CARD = '<li class="proposed">'
LEVEL_OF_PLAN = re.compile(r'/duty/plans/([^"?]+)\?.*?name="level_(\d+)"', re.DOTALL)
FAULT = re.compile(r"data-refusal>(.*?)</div>", re.DOTALL)


class DrillStuck(Refused):
    """A form of the drill was refused."""

    code = "drill_stuck"


@dataclass(slots=True)
class AtWork:
    """An account with its password, which signs in again when its session has ended."""

    account: Account
    password: str

    def look(self, path: str) -> str:
        """The text of a page."""
        return self._done(lambda: self.account.look(path), path).text

    def fill_in(self, path: str, fields: Mapping[str, str]) -> str:
        """Send a form; where the page goes on.

        :raises DrillStuck: when it is refused, with what the page says.
        """
        return self._done(lambda: self.account.fill_in(path, fields), path).location

    def _done(self, ask: Callable[[], Page], path: str) -> Page:
        page = ask()
        if page.location.startswith("/sign-in"):
            self.account.sign_in(self.password)
            page = ask()
        if not page.is_well:
            raise DrillStuck(f"{self.account.login} 在 {path} 被拒绝（{page.status}）：{_fault(page.text)}")
        return page


@dataclass(slots=True)
class Board:
    """What the page of a response shows: forms of plans, and forms of tasks."""

    text: str
    plans: dict[str, str] = field(init=False)

    def __post_init__(self) -> None:
        cards = self.text.split(CARD)[1:]
        found = (LEVEL_OF_PLAN.search(card) for card in cards)
        self.plans = {one[1]: one[2] for one in found if one}

    def card_of(self, plan: str) -> str:
        """What the page says of a plan; empty when it is not there."""
        cards = self.text.split(CARD)[1:]
        return next((card for card in cards if f"/duty/plans/{plan}?" in card), "")


def task_forms(text: str, base: str, action: str) -> dict[str, str]:
    """The tasks that a page offers a step of, with the state they were shown in."""
    form = rf'action="{re.escape(base)}/(\d+)/{action}".*?name="state" value="(\w+)"'
    return {found[1]: found[2] for found in re.finditer(form, text, re.DOTALL)}


def _fault(text: str) -> str:
    found = FAULT.search(text)
    return re.sub(r"<[^>]+>|\s+", " ", found[1]).strip()[:200] if found else text[:80]
