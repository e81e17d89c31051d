"""What is kept for so long and no longer: cleaned every night, and counted beforehand for who asks."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from cases.once import forget_taken
from cases.privacy_rules import load_retention
from cases.retention import clean_cases, note_deed
from emergency.record.destroying import destroy_personal_data
from emergency.rules.record.destroying import ALL, rules_of
from gis_core.clock import Clock, city_time
from gis_core.db import Sessions
from gis_core.jobs import Jobs
from grid.cameras.watches import forget_watches
from grid.city import City
from grid.positions.city_rules import load_position_rules
from grid.positions.retention import clean_positions
from web.accounts import store
from web.photos_ahead import list_old
from web.settings import Settings

UPLOADS = ("imports", "place-imports", "resource-imports", "heights-imports")
"""Folders of uploaded files, in the home; a job removes each when it is done with it."""
PHOTOS_AHEAD_DAYS = 14
"""How long a photo waits for the form that names it, counted from the last time its phone asked for it."""
TAKEN_STEPS_DAYS = 180
"""How long the number of a step is known: no phone sends a step again after so long."""
NIGHTLY = "40 19 * * *"
"""03:40 in the city; the queue counts in UTC."""
COUNTED = {
    "contacts": "案件的称呼、电话",
    "joined": "附议人的称呼、电话",
    "followers": "关注办理进展的邮箱、手机号",
    "words": "描述、地点里的电话号码",
    "joined_words": "附议说明里的电话号码",
    "rating_words": "评价里的电话号码",
    "words_of_facts": "补充说明的原话",
    "refused_photos": "不予受理、作废案件的照片",
    "accesses": "查看联系方式、查来电的日志",
    "api_reports": "Open311 上报的来源",
    "uploads": "没有处理完的导入文件",
    "track_thinned": "减为每分钟一点的轨迹位置",
    "track_positions": "人员和车辆的位置",
    "track_visits": "到过哪个网格的记录",
    "track_duty": "上下岗记录",
    "track_batches": "整批位置的回执",
    "track_sos": "求助记录",
    "track_strays": "离岗、偏离报警",
    "track_looks": "查看轨迹的日志",
    "camera_watches": "观看视频的日志",
    "photos_ahead": "先传上来、没有提交的照片",
    "taken_steps": "手机办理的防重编号",
} | {f"response_{what}": kind.name for what, kind in ALL.items()}


@dataclass(frozen=True, slots=True)
class Retaining:
    """The retention of one deployment."""

    sessions: Sessions
    clock: Clock
    settings: Settings
    city: City

    def register(self, jobs: Jobs) -> None:
        """Hang the cleaning on the queue's timetable, once a night."""

        @jobs.periodic(cron=NIGHTLY)
        @jobs.task(queueing_lock="privacy_retention", name="privacy.retention")
        def clean(timestamp: int) -> None:
            self.clean()

    def clean(self, *, by: str = "系统", is_dry: bool = False) -> dict[str, int]:
        """Clean what is older than the periods in force today, and write down how much; dry, only count."""
        at = self.clock.now()
        rules = load_retention(self.city)
        days = rules.days_on(city_time(at).date())
        counts = clean_cases(self.sessions, days, at=at, is_dry=is_dry)
        counts["api_reports"] = self._clean_api_reports(at - timedelta(days=days["api_reports"]), is_dry)
        counts["uploads"] = self._clean_uploads(at - timedelta(days=days["uploads"]), is_dry)
        told = clean_positions(self.sessions, self._days_of_positions(at), at=at, is_dry=is_dry)
        counts |= {f"track_{name}": n for name, n in told.items()}
        counts["photos_ahead"] = self._clean_photos_ahead(at - timedelta(days=PHOTOS_AHEAD_DAYS), is_dry)
        with self.sessions.begin() as session:
            before = at - timedelta(days=TAKEN_STEPS_DAYS)
            watched = at - timedelta(days=days["accesses"])
            counts["camera_watches"] = forget_watches(session, watched, is_dry=is_dry)
            counts["taken_steps"] = forget_taken(session, before, is_dry=is_dry)
        responses = destroy_personal_data(self.sessions, rules_of(days, rules.version), at=at, is_dry=is_dry)
        counts |= {f"response_{what}": n for what, n in responses.items()}
        if not is_dry:
            with self.sessions.begin() as session:
                body = {"version": rules.version, "days": days, "counts": counts}
                note_deed(session, "retention", body, at=at, by_name=by)
        return counts

    def _days_of_positions(self, at: datetime) -> dict[str, int]:
        """How many days what is kept of movers, as in force today."""
        return load_position_rules(self.city).days_on(city_time(at).date())

    def _clean_api_reports(self, before: datetime, is_dry: bool) -> int:
        with self.sessions.begin() as session:
            n = store.count_api_reports(session, before=before)
            if n and not is_dry:
                store.forget_api_reports(session, before=before)
        return n

    def _clean_photos_ahead(self, before: datetime, is_dry: bool) -> int:
        old = list(list_old(self.settings.home, before))
        for path in () if is_dry else old:
            path.unlink(missing_ok=True)
        return len(old)

    def _clean_uploads(self, before: datetime, is_dry: bool) -> int:
        old = [path for path in self._uploads() if path.stat().st_mtime < before.timestamp()]
        for path in () if is_dry else old:
            shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
        return len(old)

    def _uploads(self) -> Iterator[Path]:
        for name in UPLOADS:
            folder = self.settings.home / name
            if folder.is_dir():
                yield from folder.iterdir()
