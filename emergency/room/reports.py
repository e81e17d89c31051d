"""Situation reports of an incident: saved in versions, published into the record, one transaction each."""

from dataclasses import dataclass

from sqlalchemy.orm import Session

from cases.rules.deciding import Asking
from emergency.incidents import store as incident_store
from emergency.incidents.operations import Incidents
from emergency.incidents.reading import list_facts_with
from emergency.room import store
from emergency.room.reading import SituationDraft, list_drafts
from emergency.rules.incidents import move
from emergency.rules.room.situation import PublishSituation, checked
from gis_core.db import Sessions
from gis_core.errors import Conflict, NotFound


class NoSuchSituation(NotFound):
    """The incident has no such situation report."""

    code = "no_such_situation_report"


class StaleSituation(Conflict):
    """Somebody saved a version, or published, after the page was drawn."""

    code = "stale_situation_report"


@dataclass(frozen=True, slots=True)
class SituationReports:
    """The operations on situation reports, wired once."""

    sessions: Sessions
    incidents: Incidents

    def save(  # noqa: PLR0917  # a version with what it follows
        self, incident_no: str, n: int, seen_version: int, title: str, text: str, asking: Asking
    ) -> SituationDraft:
        """Keep one more version of the n-th report; the first where `seen_version` is 0.

        :raises StaleSituation: when somebody was there first; IncidentWordsMissing, NoSuchSituation.
        """
        draft = checked(title, text)
        with self.sessions.begin() as session:
            held = incident_store.lock(session, incident_no)
            move("note", stage=held.state.stage, role=asking.role)
            known = list_drafts(session, held.id)
            version = _last(known, n)
            if n > max((one.n for one in known), default=0) + 1:
                raise NoSuchSituation("没有这一期快报。请从列表重新打开。")
            self._need_current(session, held.id, n, version, seen_version)
            store.add_draft(session, held.id, n, version + 1, draft, asking)
        return SituationDraft(n, version + 1, draft.title, draft.text, asking.name, asking.at)

    def publish(self, incident_no: str, n: int, seen_version: int, asking: Asking) -> None:
        """Put the last version into the record.

        :raises StaleSituation: when a newer version was saved, or it is published already; NoSuchSituation.
        """
        with self.sessions.begin() as session:
            held = incident_store.lock(session, incident_no)
            drafts = list_drafts(session, held.id, n)
            if not drafts:
                raise NoSuchSituation("没有这一期快报。请从列表重新打开。")
            last = drafts[0]
            self._need_current(session, held.id, n, last.version, seen_version)
            command = PublishSituation(n, last.version, last.title, last.text)
            self.incidents.step(session, incident_no, command, asking, None)

    def _need_current(
        self, session: Session, incident_id: int, n: int, version: int, seen_version: int
    ) -> None:
        if seen_version != version:
            raise StaleSituation("有人先存了另一版，您写的没有写入。请打开最新一版，把改动加进去。")
        facts = list_facts_with(session, incident_id, "situation_report")
        if any(one.body["situation_report"]["n"] == n for one in facts):
            raise StaleSituation("这一期已经发布，不能再改。有新情况请另拟一期。")


def _last(known: list[SituationDraft], n: int) -> int:
    return max((one.version for one in known if one.n == n), default=0)
