"""The sweep after a warning: SMS to receivers, and the desk is told once of those who did not confirm.

An SMS is claimed in one transaction, sent outside of any, and noted in another. Its name stays the same, so
that a gateway can tell a second one when a worker died between sending and noting.
"""

import logging
from dataclasses import dataclass
from datetime import datetime

from cases.notices.store import Notice, tell
from cases.notices.wording import NoticeBook
from cases.rules.telling import Hearer
from emergency.cap.receipts import failed, sent
from emergency.receivers import store
from emergency.receivers.store import DueText
from emergency.warning_data import WarningRules
from emergency.warnings.reading import KeptWarning, get_warning
from gis_core.clock import city_time
from gis_core.db import Sessions
from gis_core.messages.sending import Channel, Message, NotSent

UNCONFIRMED = "warning_unconfirmed"
AT_ONCE = 50
MOST_WORDS = 300
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class FollowingUp:
    """The sweep; `sms` None is off, and then every SMS fails with that reason and is called instead."""

    sessions: Sessions
    rules: WarningRules
    notices: NoticeBook
    sms: Channel | None
    site_url: str = ""

    def sweep(self, at: datetime) -> int:
        """Send what is due and tell of what is missing; how many SMS went out."""
        again_at = at + self.rules.again_on(city_time(at).date())
        with self.sessions.begin() as session:
            texts = store.claim_texts(session, at, again_at=again_at, most=AT_ONCE)
        n = sum(self._send(one, at) for one in texts)
        self._tell(at)
        return n

    def _send(self, text: DueText, at: datetime) -> bool:
        try:
            if self.sms is None:
                raise NotSent("off", is_for_good=True)
            with self.sessions() as session:
                warning = get_warning(session, text.warning_id)
            self.sms.send(self._message(text, warning))
        except NotSent as problem:
            log.warning("warning %s, SMS %s: %s", text.warning_id, text.delivery_id, problem.answer)
            self._failed(text, problem, at)
            return False
        with self.sessions.begin() as session:
            kept = store.lock_delivery(session, text.delivery_id)
            store.write_delivery(session, kept.id, sent(kept.delivery, at), sent_by="短信", next_try_at=None)
        return True

    def _failed(self, text: DueText, problem: NotSent, at: datetime) -> None:
        is_last = problem.is_for_good or text.attempts >= self.rules.sms_attempts.value_on(
            city_time(at).date()
        )
        more = {"next_try_at": None} if is_last else {}
        with self.sessions.begin() as session:
            kept = store.lock_delivery(session, text.delivery_id)
            tried = failed(sent(kept.delivery, at), at, f"短信没有发出（{problem.answer}）")
            store.write_delivery(session, kept.id, tried, sent_by="短信", failure_noted_by="短信", **more)

    def _message(self, text: DueText, warning: KeptWarning) -> Message:
        said = [warning.title]
        if warning.info:
            said += [warning.info.description, warning.info.instruction]
        words = "。".join(one.strip().rstrip("。") for one in said if one.strip())
        return Message(
            id=f"citygrid-warning-{text.delivery_id}",
            to=text.phone,
            title=warning.title,
            text=f"{words[:MOST_WORDS]}。请点链接确认收到：" if self.site_url else f"{words[:MOST_WORDS]}。",
            link=f"{self.site_url}/warnings/receipts/{text.token}" if self.site_url else "",
        )

    def _tell(self, at: datetime) -> None:
        with self.sessions.begin() as session:
            missing = store.claim_untold(session, at - self.rules.within_on(city_time(at).date()), at)
            for warning_id, n in missing.items():
                said = {"title": get_warning(session, warning_id).title, "n": str(n)}
                words = self.notices.words(
                    city_time(at).date(), "incident", UNCONFIRMED, {"zh": said, "en": said}
                )
                hearer = Hearer("incident", "post", post="duty_officer")
                notice = Notice(None, warning_id % 2**31, at, UNCONFIRMED, hearer, words)
                tell(session, [notice], (), at=at)
