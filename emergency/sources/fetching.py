"""Feeds of others are read when they are due: what is new is handed on, what fails is told and tried again.

A feed is claimed in one transaction, read outside of any, and noted in another. What it says is not believed
more than what comes by other ways: each message is held to the same rules.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from time import perf_counter
from typing import Final

from cases.rules.deciding import Asking
from emergency.cap.feeds import FeedItem, read_feed
from emergency.cap.safe_xml import MOST_BYTES
from emergency.sources import store
from emergency.sources.reading import KeptFeed
from gis_core.db import Sessions
from gis_core.errors import CitygridError
from gis_core.messages.getting import Getter

Take = Callable[[bytes, Asking, str], bool]
"""Takes in a message that came by a channel; whether it was new. Raises CitygridError for what it refuses."""
CLAIMED_FOR: Final = timedelta(minutes=5)
MOST_PAUSE: Final = timedelta(hours=1)
MOST_ITEMS: Final = 100
MOST_S: Final = 120.0
"""How long the linked documents of one feed may take; those that are left come the next time."""
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Came:
    """What a feed gave: how many were new, what needs no second look, why items were left out."""

    taken: int
    seen: list[str]
    left_out: list[str]


@dataclass(frozen=True, slots=True)
class Fetching:
    """The sweep of feeds."""

    sessions: Sessions
    getter: Getter
    take: Take

    def sweep(self, at: datetime) -> int:
        """Read the feeds that are due, one after the other; how many messages were new.

        Each is claimed when its turn comes, so that one that takes long, or fails as none should, keeps
        nobody from reading the others.
        """
        taken = 0
        while (feed := self._claim(at)) is not None:
            taken += self._read(feed, at)
        return taken

    def _claim(self, at: datetime) -> KeptFeed | None:
        with self.sessions.begin() as session:
            return store.claim_feed(session, at, until=at + CLAIMED_FOR)

    def _read(self, feed: KeptFeed, at: datetime) -> int:
        pause = timedelta(minutes=feed.every_min)
        try:
            got = self.getter.get(
                feed.url, most_bytes=MOST_BYTES, etag=feed.etag, last_modified=feed.last_modified
            )
            if got.is_same:
                with self.sessions.begin() as session:
                    store.note_heard(session, feed, at, next_at=at + pause, taken=0, failure="")
                return 0
            came = self._take_all(feed, read_feed(got.body, got.url).items, at)
        except CitygridError as problem:
            log.warning("feed %s: %s", feed.id, problem.code)
            waits = min(pause * 2 ** min(feed.failures + 1, 10), max(pause, MOST_PAUSE))
            with self.sessions.begin() as session:
                store.change_feed(
                    session,
                    feed.id,
                    failure=str(problem)[:500],
                    failures=feed.failures + 1,
                    next_at=at + waits,
                )
            return 0
        # What was left out has to be seen again, so the feed is not asked for changes alone.
        tags = ("", "") if came.left_out else (got.etag, got.last_modified)
        with self.sessions.begin() as session:
            store.note_heard(
                session,
                feed,
                at,
                next_at=at + pause,
                taken=came.taken,
                etag=tags[0],
                last_modified=tags[1],
                seen=came.seen,
                failure=_told(came.left_out),
            )
        return came.taken

    def _take_all(self, feed: KeptFeed, items: tuple[FeedItem, ...], at: datetime) -> Came:
        until_s = perf_counter() + MOST_S
        who = Asking(at, None, f"预警接入（{feed.name}）", "system")
        taken, seen, left_out = 0, list[str](), list[str]()
        for item in items[:MOST_ITEMS]:
            name = f"{item.item_id[:200]} {item.updated.isoformat() if item.updated else ''}"
            if name in feed.seen and not item.document:
                seen.append(name)
                continue
            try:
                if perf_counter() > until_s:
                    left_out.append("时间不够，下次再取。")
                    continue
                document = item.document or self.getter.get(item.url, most_bytes=MOST_BYTES).body
                taken += self.take(document, who, feed.name)
                seen.append(name)
            except CitygridError as problem:
                left_out.append(str(problem))
        if len(items) > MOST_ITEMS:
            left_out.append(f"超过 {MOST_ITEMS} 条的没有读。")
        return Came(taken, seen, left_out)


def _told(left_out: list[str]) -> str:
    return f"{len(left_out)} 条没有采用：{left_out[0]}"[:500] if left_out else ""
