"""The job that delivers: one attempt each, by the channel of the message, noted whatever comes of it.

A message is claimed in one transaction, tried outside of any, and noted in another: it goes out at least
once, and twice only when a worker dies between the two. Its id stays the same, so that others can tell.
"""

import http.client
import json
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time
from time import perf_counter
from urllib.parse import urlencode

from cases.notices.outbox import Due, claim, forget_subscription, note, queue_forgotten, read_due
from cases.notices.store import DELIVER
from cases.notices.wording import NoticeBook, Share, fill
from cases.rules.resending import next_attempt_at, quiet_until
from gis_core.clock import Clock
from gis_core.db import Sessions
from gis_core.jobs import Jobs
from gis_core.messages.posting import HostNotAllowed, Poster
from gis_core.messages.push import Push, Subscription, SubscriptionGone
from gis_core.messages.sending import Channel, Message, NotSent
from gis_core.messages.signing import HEADER, sign

log = logging.getLogger(__name__)
TOO_MANY_REQUESTS = (408, 425, 429)


class NoChannel(NotSent):
    """The deployment does not send by this channel."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivering:
    """Delivers; channels that are None are off. `site_url` begins every link, empty for none."""

    sessions: Sessions
    clock: Clock
    book: NoticeBook
    mail: Channel | None
    sms: Channel | None
    push: Push | None
    hooks: Poster
    site_url: str = ""

    def register(self, jobs: Jobs) -> None:
        """Hang the job on the queue, and the sweep of messages that a dead worker left on its timetable."""

        @jobs.task(name=DELIVER)
        def deliver(delivery_ids: list[int]) -> None:
            self.deliver_all(delivery_ids)

        @jobs.periodic(cron="* * * * *")
        @jobs.task(queueing_lock="sweep_outbox", name="cases.sweep_outbox")
        def sweep_outbox(timestamp: int) -> None:
            self.sweep()

    def deliver_all(self, delivery_ids: Sequence[int]) -> None:
        """One attempt each; what goes wrong with one is noted and leaves the others."""
        for delivery_id in delivery_ids:
            self.deliver(delivery_id)

    def sweep(self) -> int:
        """Queue what is due and has no job; answers how many."""
        with self.sessions.begin() as session:
            return len(queue_forgotten(session, at=self.clock.now()))

    def deliver(self, delivery_id: int) -> str | None:
        """One attempt, when the message is due and free; answers its status, None when it was not tried."""
        at = self.clock.now()
        with self.sessions.begin() as session:
            if not claim(session, delivery_id, at=at):
                return None
            due = read_due(session, delivery_id, at=at)
        held = self._held_back(due, at)
        if held is not None:
            return held
        began_s = perf_counter()
        try:
            answer = self._send(due, at)
        except NotSent as failure:
            return self._failed(due, failure, at, _ms_since(began_s))
        self._note(due, at, "sent", answer=answer, took_ms=_ms_since(began_s))
        return "sent"

    def _held_back(self, due: Due, at: datetime) -> str | None:
        """What becomes of a message that is not to be tried now: stopped, limited, or later."""
        if due.is_stopped:
            self._note(due, at, "stopped")
            return "stopped"
        if due.channel == "sms" and not self._is_urgent(due):
            hours = self.book.file.quiet_hours
            start, end = time.fromisoformat(hours.from_), time.fromisoformat(hours.until)
            morning = quiet_until(at, start, end)
            if morning is not None:
                self._note(due, at, "waiting", next_at=morning)
                return "waiting"
        if self._beyond_limit(due) > 0:
            self._note(due, at, "limited")
            return "limited"
        return None

    def _is_urgent(self, due: Due) -> bool:
        return due.occasion in self.book.file.urgent

    def _beyond_limit(self, due: Due) -> int:
        """How many more than its share an address has had; 0 when this one fills it, and says so."""
        share: Share | None = getattr(self.book.file.limits, due.channel, None)
        if share is None or self._is_urgent(due):
            return -1
        hour, day = due.lately
        return max(hour - share.hour, day - share.day)

    def _send(self, due: Due, at: datetime) -> str:
        send = _SENDERS.get(due.channel)
        if send is None:
            raise NoChannel("no such channel", is_for_good=True)
        return send(self, due, at)

    def _by_mail(self, due: Due, at: datetime) -> str:
        return _open(self.mail).send(self._message(due))

    def _by_sms(self, due: Due, at: datetime) -> str:
        return _open(self.sms).send(self._message(due))

    def _by_push(self, due: Due, at: datetime) -> str:
        if self.push is None or due.endpoint is None:
            raise NoChannel("off", is_for_good=True)
        to = Subscription(due.endpoint, due.p256dh or "", due.auth or "")
        message = self._message(due)
        words = {
            "id": message.id,
            "title": message.title,
            "text": message.text,
            "link": _page_of(due),
        }
        return self.push.send(to, words, at)

    def _by_webhook(self, due: Due, at: datetime) -> str:
        if due.url is None:
            raise NoChannel("off", is_for_good=True)
        body = json.dumps(
            {"id": due.id, "case_no": due.case_no, **(due.body or {})}, ensure_ascii=False
        ).encode()
        headers = {
            "Content-Type": "application/json; charset=utf-8",
            "Citygrid-Delivery": str(due.id),
            HEADER: sign(body, due.secrets, at),
        }
        try:
            answer = self.hooks.post(due.url, body, headers)
        except HostNotAllowed as refusal:
            raise NotSent(refusal.code, is_for_good=True) from None
        except (OSError, http.client.HTTPException) as problem:
            raise NotSent(type(problem).__name__) from None
        if answer.is_good:
            return f"HTTP {answer.status}"
        is_for_good = 300 <= answer.status < 500 and answer.status not in TOO_MANY_REQUESTS
        raise NotSent(f"HTTP {answer.status}", is_for_good=is_for_good)

    def _message(self, due: Due) -> Message:
        title, words = due.title, due.text
        if self._beyond_limit(due) == 0:
            folded = fill(getattr(self.book.file.too_many, due.language), {})
            title, words = folded["title"], folded["text"]
        return Message(
            id=f"citygrid-{due.id}",
            to=due.address or "",
            title=title,
            text=words,
            language=due.language,
            link=self._link(due),
            stop_link=f"{self.site_url}/stop?t={due.stop_token}" if self.site_url and due.stop_token else "",
        )

    def _link(self, due: Due) -> str:
        if not self.site_url:
            return ""
        if due.track_code is None:
            return f"{self.site_url}{_page_of(due)}"
        return f"{self.site_url}/track?{urlencode({'no': due.case_no, 'code': due.track_code})}"

    def _failed(self, due: Due, failure: NotSent, at: datetime, took_ms: int) -> str:
        next_at = None if failure.is_for_good else next_attempt_at(due.attempt, at)
        status = "dead" if next_at is None else "waiting"
        self._note(due, at, status, answer=failure.answer, took_ms=took_ms, next_at=next_at)
        if isinstance(failure, SubscriptionGone) and due.subscription_id is not None:
            with self.sessions.begin() as session:
                forget_subscription(session, due.subscription_id)
        log.warning("message %s by %s, attempt %s: %s", due.id, due.channel, due.attempt, failure.answer)
        return status

    def _note(
        self,
        due: Due,
        at: datetime,
        status: str,
        *,
        answer: str | None = None,
        took_ms: int = 0,
        next_at: datetime | None = None,
    ) -> None:
        with self.sessions.begin() as session:
            note(session, due.id, at=at, status=status, answer=answer, took_ms=took_ms, next_at=next_at)


_SENDERS: Mapping[str, Callable[[Delivering, Due, datetime], str]] = {
    "email": Delivering._by_mail,
    "sms": Delivering._by_sms,
    "push": Delivering._by_push,
    "webhook": Delivering._by_webhook,
}


def _open(channel: Channel | None) -> Channel:
    if channel is None:
        raise NoChannel("off", is_for_good=True)
    return channel


def _ms_since(began_s: float) -> int:
    return round(1000 * (perf_counter() - began_s))


def _page_of(due: Due) -> str:
    """The page a message leads to: its case, or the field."""
    return f"/cases/{due.case_no}" if due.case_no else "/notices"
