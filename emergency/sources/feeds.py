"""What is done to the list of feeds, one transaction each."""

from dataclasses import dataclass
from typing import Any

from cases.rules.deciding import Asking
from emergency.rules.incidents import need_words
from emergency.sources import store
from gis_core.db import Sessions
from gis_core.errors import BadInput, Conflict, NotFound
from gis_core.messages.getting import Getter

LEAST_MIN, MOST_MIN = 1, 1440


class FeedTaken(Conflict):
    """Another feed has the name."""

    code = "warning_feed_taken"


class FeedNotFound(NotFound):
    """There is no such feed."""

    code = "warning_feed_not_found"


class BadFeed(BadInput):
    """A feed that would be read never or without a pause."""

    code = "bad_warning_feed"


@dataclass(frozen=True, slots=True)
class Feeds:
    """The operations on feeds; `getter` knows which hosts are allowed."""

    sessions: Sessions
    getter: Getter

    def add(self, name: str, url: str, every_min: int, asking: Asking) -> None:
        """Read a feed from now on.

        :raises IncidentWordsMissing, BadFeed, HostNotAllowed, FeedTaken: nothing is written then.
        """
        tidy = need_words(name, "名称", most=60)
        address = need_words(url, "地址", most=2_000)
        self.getter.check(address)
        self._add(tidy, address, every_min, asking)

    def expect(self, name: str, every_min: int, asking: Asking) -> None:
        """Expect to hear the sender whose key has this name so often; silence is told as that of feeds is.

        :raises IncidentWordsMissing, BadFeed, FeedTaken: nothing is written then.
        """
        self._add(need_words(name, "名称", most=60), "", every_min, asking)

    def _add(self, name: str, address: str, every_min: int, asking: Asking) -> None:
        if not LEAST_MIN <= every_min <= MOST_MIN:
            raise BadFeed(f"间隔应为 {LEAST_MIN} 至 {MOST_MIN} 分钟。", fields=["every_min"])
        with self.sessions.begin() as session:
            if not store.add_feed(session, name, address, every_min, asking):
                raise FeedTaken(f"已有名为“{name}”的信息源，请换一个名称。")

    def switch(self, feed_id: int, *, is_on: bool, asking: Asking) -> None:
        """Pause a feed, or let it go on at once. Raises FeedNotFound."""
        self._change(
            feed_id, is_on=is_on, changed_at=asking.at, changed_by=asking.name, next_at=asking.at, failures=0
        )

    def fetch_now(self, feed_id: int, asking: Asking) -> None:
        """Let the worker read a feed as soon as it can, whole. Raises FeedNotFound."""
        self._change(feed_id, next_at=asking.at, etag="", last_modified="")

    def _change(self, feed_id: int, **columns: Any) -> None:
        with self.sessions.begin() as session:
            if not store.change_feed(session, feed_id, **columns):
                raise FeedNotFound("没有这个信息源。请刷新后重试。")
