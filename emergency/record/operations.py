"""What is made of a record, one transaction each: the report's versions, findings, holds, destroying."""

from dataclasses import dataclass

from sqlalchemy.exc import IntegrityError

from cases.rules.deciding import Asking
from emergency.incidents import store as incident_store
from emergency.record import store
from emergency.record.reading import KeptFinding, find_finding
from emergency.response.reading import get_version, list_versions
from emergency.rules.incidents import need_words
from emergency.rules.plans.requirements import PlanRules
from emergency.rules.record.findings import BadFinding, Finding, checked_finding
from emergency.rules.record.report import Drafted
from gis_core.clock import city_time
from gis_core.db import Sessions
from gis_core.errors import Conflict, NotFound

LONGEST_REPORT = 60_000


class StaleAfterAction(Conflict):
    """Somebody wrote a version of the report after the page was drawn."""

    code = "stale_after_action"


class NoSuchFinding(NotFound):
    """There is no such finding."""

    code = "no_such_finding"


class FindingSettled(Conflict):
    """The finding was settled already."""

    code = "finding_settled"


class HoldStands(Conflict):
    """The personal data are held already, or no longer."""

    code = "personal_data_hold_stands"


@dataclass(frozen=True, slots=True)
class Records:
    """The operations on what is made of records."""

    sessions: Sessions
    rules: PlanRules

    def write_report(self, incident_no: str, title: str, words: str, asking: Asking, *, seen: int) -> int:
        """Keep a new version of the report; its number.

        :raises StaleAfterAction: when there is a newer one than the page showed; IncidentWordsMissing.
        """
        title, words = need_words(title, "标题", most=120), need_words(words, "报告正文", most=LONGEST_REPORT)
        with self.sessions.begin() as session:
            held = incident_store.lock(session, incident_no)
            newest = store.newest_version(session, held.id)
            if newest != seen:
                raise StaleAfterAction(f"报告已有第 {newest} 版，没有写入。请刷新后在新版上修改。")
            store.add_version(session, held.id, newest + 1, Drafted(title, words), asking)
        return newest + 1

    def state_finding(self, incident_no: str, finding: Finding, asking: Asking) -> int:
        """Keep a finding as a review task of a plan; its id.

        :raises BadFinding, IncidentWordsMissing, PlanNotFound, IncidentNotFound: nothing is written then.
        """
        checked = checked_finding(finding, self.rules, city_time(asking.at).date())
        with self.sessions.begin() as session:
            list_versions(session, checked.plan_code)
            held = incident_store.lock(session, incident_no)
            return store.add_finding(session, held.id, checked, asking)

    def settle_finding(self, finding_id: int, version: str, why: str, asking: Asking) -> KeptFinding:
        """A finding is done by a version of its plan, or dropped with a reason.

        :raises NoSuchFinding, FindingSettled, PlanNotFound, BadFinding, IncidentWordsMissing: as it says.
        """
        with self.sessions.begin() as session:
            found = find_finding(session, finding_id)
            if found is None:
                raise NoSuchFinding("没有这条问题与改进。请从预案页面重新打开。")
            if version:
                kept = get_version(list_versions(session, found.plan_code), version)
                if kept.head.added_at < found.stated_at:
                    told = f"{version} 版在提出这条问题之前就有了。请选择之后的版本，或写明不采纳的理由。"
                    raise BadFinding(told, field="version")
            else:
                why = need_words(why, "不采纳的理由", most=500)
            is_done = store.settle_finding(
                session,
                finding_id,
                state="done" if version else "dropped",
                version=version or None,
                why=why.strip(),
                asking=asking,
            )
            if not is_done:
                raise FindingSettled("这条问题已经办结。请刷新后查看。")
        return found

    def hold(self, incident_no: str, why: str, asking: Asking) -> None:
        """Keep an incident's personal data as evidence or for an inquiry, by name and with a reason.

        :raises HoldStands: when they are held already; IncidentWordsMissing.
        """
        why = need_words(why, "保留的理由（作为什么证据，或用于什么调查）", most=500)
        try:
            with self.sessions.begin() as session:
                store.hold(session, incident_store.lock(session, incident_no).id, why, asking)
        except IntegrityError as problem:
            if "uq_personal_data_hold" not in str(problem.orig):
                raise
            raise HoldStands("这起事件的个人信息已经决定保留。请刷新后查看。") from problem

    def lift(self, incident_no: str, why: str, asking: Asking) -> None:
        """End a hold; the data are destroyed with the next sweep when their time is over.

        :raises HoldStands: when nothing is held; IncidentWordsMissing.
        """
        why = need_words(why, "解除保留的理由", most=500)
        with self.sessions.begin() as session:
            if not store.lift(session, incident_store.lock(session, incident_no).id, why, asking):
                raise HoldStands("这起事件没有保留个人信息的决定。请刷新后查看。")
