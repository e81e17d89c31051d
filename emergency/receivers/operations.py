"""What is done to the list of receivers and to deliveries, one transaction each."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from cases.rules.deciding import Asking
from emergency.cap.receipts import Delivery, confirmed, failed, sent
from emergency.receivers import store
from emergency.receivers.listed import BadReceiver, Listed, checked
from emergency.receivers.reading import (
    get_of_token,
    list_receivers,
    no_such_delivery,
    no_such_receiver,
)
from emergency.rules.incidents import need_words
from emergency.warning_data import SampleReceiver
from gis_core.db import Sessions
from gis_core.errors import Conflict

Noted = Literal["told", "confirmed", "failed"]
MOST_BY = 60
NO_ANSWER = "无人接听"


class ReceiverTaken(Conflict):
    """The list has a receiver of that kind and name."""

    code = "warning_receiver_taken"


@dataclass(frozen=True, slots=True)
class Receivers:
    """The operations on receivers of warnings; safe to share between threads."""

    sessions: Sessions

    def add(self, one: Listed, asking: Asking) -> None:
        """Put a receiver on the list.

        :raises BadReceiver, NamesNobody, BadMobile, ReceiverTaken: nothing is written then.
        """
        tidy = checked(one)
        with self.sessions.begin() as session:
            store.lock_receivers(session)
            if store.find_receiver(session, tidy) is not None:
                raise _taken(tidy)
            store.add_receiver(session, tidy, asking)

    def change(self, receiver_id: int, one: Listed, asking: Asking) -> None:
        """Let a receiver be what `one` says.

        :raises ReceiverNotFound, BadReceiver, NamesNobody, BadMobile, ReceiverTaken: nothing is written then.
        """
        tidy = checked(one)
        with self.sessions.begin() as session:
            store.lock_receivers(session)
            kept = store.get_receiver(session, receiver_id)
            if kept.removed_at is not None:
                raise no_such_receiver()
            if store.find_receiver(session, tidy) not in (None, kept.id):
                raise _taken(tidy)
            store.change_receiver(session, kept.id, tidy, asking)

    def remove(self, receiver_id: int, asking: Asking) -> None:
        """Take a receiver off the list; what is under way to it stays. Raises ReceiverNotFound."""
        with self.sessions.begin() as session:
            kept = store.get_receiver(session, receiver_id)
            if kept.removed_at is None:
                store.set_removed(session, kept.id, asking.at, asking)

    def restore(self, receiver_id: int, asking: Asking) -> None:
        """Put a receiver back that was removed.

        :raises ReceiverNotFound, ReceiverTaken: BadReceiver when its number was destroyed meanwhile.
        """
        with self.sessions.begin() as session:
            store.lock_receivers(session)
            kept = store.get_receiver(session, receiver_id)
            if not kept.listed.phone:
                raise BadReceiver("这个接收单位的电话已按规定销毁，不能恢复。请重新添加。")
            if store.find_receiver(session, kept.listed) not in (None, kept.id):
                raise _taken(kept.listed)
            store.set_removed(session, kept.id, None, asking)

    def bring_in(self, receivers: Sequence[Listed], asking: Asking) -> tuple[int, int]:
        """Write the rows of a file: how many were new, and how many changed one of their kind and name."""
        added = changed = 0
        with self.sessions.begin() as session:
            store.lock_receivers(session)
            there = {(one.listed.kind, one.listed.name): one for one in list_receivers(session)}
            for one in receivers:
                known = there.get((one.kind, one.name))
                if known is None:
                    store.add_receiver(session, one, asking)
                    added += 1
                elif known.listed != one:
                    store.change_receiver(session, known.id, one, asking)
                    changed += 1
        return added, changed

    def note(self, warning_id: int, delivery_id: int, noted: Noted, words: str, asking: Asking) -> None:
        """Note what came of a call: told, confirmed by whom, or failed because.

        Without words it is the person of the list who confirmed, and nobody who answered.
        A call that was answered or not was made: it counts as sent at that moment if nothing was before.
        :raises DeliveryNotFound, IncidentWordsMissing: nothing is written then.
        """
        with self.sessions.begin() as session:
            kept = store.lock_delivery(session, delivery_id)
            if kept.warning_id != warning_id:
                raise no_such_delivery()
            before, by = kept.delivery, asking.name
            called = before.sent_at is None or noted == "told"
            after = sent(before, asking.at) if called else before
            who: dict[str, str] = {"sent_by": by} if called else {}
            if noted == "confirmed":
                after = confirmed(
                    after,
                    asking.at,
                    need_words(words.strip() or kept.receiver.listed.person, "由谁确认", most=MOST_BY),
                )
                who |= {"confirmation_noted_by": by} if before.confirmed_at is None else {}
            elif noted == "failed":
                after = failed(
                    after, asking.at, need_words(words.strip() or NO_ANSWER, "没有接通的原因", most=200)
                )
                who["failure_noted_by"] = by
            store.write_delivery(session, kept.id, after, **who, **_no_more_texts(after))

    def confirm(self, token: str, by: str, asking: Asking) -> None:
        """The receiver says by its link that the warning came; the first time counts.

        :raises DeliveryNotFound, NotSentYet: nothing is written then.
        """
        with self.sessions.begin() as session:
            delivery_id = get_of_token(session, token).id
            kept = store.lock_delivery(session, delivery_id)
            name = by.strip()[:MOST_BY] or kept.receiver.listed.person or kept.receiver.listed.name
            after = confirmed(kept.delivery, asking.at, name)
            store.write_delivery(session, kept.id, after, next_try_at=None)


def draw_receivers(sessions: Sessions, samples: Sequence[SampleReceiver], asking: Asking) -> int:
    """Write the sample receivers into an empty list, flagged; how many were written."""
    with sessions.begin() as session:
        store.lock_receivers(session)
        if list_receivers(session) or list_receivers(session, removed=True):
            return 0
        for one in samples:
            listed = checked(Listed(one.name, one.kind, one.person, one.phone, one.channel))
            store.add_receiver(session, listed, asking, is_synthetic=True)
    return len(samples)


def _no_more_texts(after: Delivery) -> dict[str, None]:
    """Who was reached by telephone gets no more SMS."""
    return {"next_try_at": None} if after.failed_at is None else {}


def _taken(one: Listed) -> ReceiverTaken:
    return ReceiverTaken(f"名单里已有同类的“{one.name}”，没有写入。请修改那一条。")
