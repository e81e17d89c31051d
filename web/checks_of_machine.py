"""Checks of what the machine and the deployment must bring: programs, packages, files, a database."""

import shutil
import subprocess
import sys
import tempfile
from importlib import metadata
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement
from sqlalchemy import text

from gis_core.migrating import list_heads
from gis_core.postgres_binaries import get_binaries
from web.checking import Check, Finding, Subject
from web.settings import ROOT

OLDEST_POSTGRES = 15
OLDEST_POSTGIS = (3, 3)
LEAST_FREE_GB = 2
MOST_SKEW_S = 60.0  # the moment is taken once, before the first check
VENDOR = ROOT / "web" / "static" / "vendor"
VENDOR_FILES = ("maplibre-gl/maplibre-gl.mjs", "maplibre-gl/maplibre-gl.css", "licences/maplibre-gl.txt")


def look_at_python(_: Subject) -> Finding:
    """Python 3.11 to 3.13."""
    version = sys.version_info
    hint = (
        ""
        if (3, 11) <= version < (3, 14)
        else "安装 Python 3.11、3.12 或 3.13，删除 .venv 后重新运行 script/bootstrap。"
    )
    return Finding(f"{version.major}.{version.minor}.{version.micro}", hint)


def look_at_packages(_: Subject) -> Finding:
    """Every pinned package is installed in the pinned release."""
    lines = (ROOT / "requirements" / "runtime.txt").read_text(encoding="utf-8").splitlines()
    pins = [Requirement(line.rstrip("\\ ")) for line in lines if line[:1].isalnum()]
    wrong = [str(pin.name) for pin in pins if (not pin.marker or pin.marker.evaluate()) and not _is_met(pin)]
    found = f"{len(pins)} 个" if not wrong else f"缺少或版本不符：{'、'.join(wrong)}"
    return Finding(found, "运行 script/bootstrap。" if wrong else "")


def _is_met(pin: Requirement) -> bool:
    try:
        return pin.specifier.contains(metadata.version(pin.name), prereleases=True)
    except metadata.PackageNotFoundError:
        return False


def look_at_binaries(subject: Subject) -> Finding:
    """A PostgreSQL with PostGIS on this machine, unless the database is elsewhere."""
    if not subject.settings.is_embedded:
        return Finding("使用外部数据库，无需本机程序")
    binaries = get_binaries()
    return Finding(f"PostgreSQL {binaries.major}，{binaries.folder}")


def look_at_postgis(subject: Subject) -> Finding:
    """PostgreSQL 15 or newer with PostGIS 3.3 or newer."""
    major = int(_ask(subject, "SHOW server_version_num")) // 10_000
    extension = _ask(subject, "SELECT extversion FROM pg_extension WHERE extname = 'postgis'")
    if extension is None:
        return Finding(
            "数据库没有 PostGIS 扩展",
            "以数据库管理员执行 CREATE EXTENSION postgis，或运行 citygrid migrate。",
        )
    is_new = major >= OLDEST_POSTGRES and tuple(map(int, extension.split(".")[:2])) >= OLDEST_POSTGIS
    return Finding(
        f"PostgreSQL {major}，PostGIS {extension}",
        "" if is_new else "升级到 PostgreSQL 15、PostGIS 3.3 以上。",
    )


def look_at_migrations(subject: Subject) -> Finding:
    """The database stands at the newest revision."""
    exists = _ask(subject, "SELECT to_regclass('public.alembic_version')") is not None
    current = _ask(subject, "SELECT version_num FROM alembic_version") if exists else None
    newest = list_heads()[0]
    return Finding(
        f"{current or '空'}，最新 {newest}", "" if current == newest else "运行 citygrid migrate。"
    )


def look_at_durability(subject: Subject) -> Finding:
    """A commit that was acknowledged is on disk."""
    names = ("fsync", "full_page_writes", "synchronous_commit")
    off = [name for name in names if _ask(subject, f"SHOW {name}") == "off"]
    found = "提交即落盘" if not off else f"{'、'.join(off)} 已关闭"
    return Finding(
        found, f"在 postgresql.conf 中打开 {'、'.join(off)}，否则断电会丢失已受理的上报。" if off else ""
    )


def look_at_clocks(subject: Subject) -> Finding:
    """The database's clock and ours agree."""
    theirs_s = float(_ask(subject, "SELECT extract(epoch FROM clock_timestamp())"))
    skew_s = abs(theirs_s - subject.at.timestamp())
    return Finding(
        f"与数据库相差不足 {skew_s + 1:.0f} 秒", "" if skew_s < MOST_SKEW_S else "用 NTP 校准两台机器的时钟。"
    )


def look_at_front_end(_: Subject) -> Finding:
    """The map's library is where pages load it from."""
    missing = [name for name in VENDOR_FILES if not (VENDOR / name).exists()]
    return Finding(
        "地图库齐全" if not missing else f"缺少 {'、'.join(missing)}",
        "运行 script/bootstrap。" if missing else "",
    )


def look_at_fonts(_: Subject) -> Finding:
    """A Chinese font for pictures made here; readers' browsers bring their own, so none is no fault."""
    if _list_chinese_fonts():
        return Finding("已有中文字体")
    return Finding("没有中文字体；只有在本机截图时才需要，届时安装 fonts-noto-cjk")


def _list_chinese_fonts() -> str:
    program = shutil.which("fc-list")
    if program is None:
        return ""
    listed = subprocess.run([program, ":lang=zh"], capture_output=True, text=True, check=False, timeout=30)
    return listed.stdout


def look_at_disk(subject: Subject) -> Finding:
    """Room for photos and data."""
    free_gb = shutil.disk_usage(_existing(subject.settings.home)).free / 1e9
    return Finding(
        f"剩余 {free_gb:.0f} GB",
        "" if free_gb >= LEAST_FREE_GB else "清理磁盘，或把 CITYGRID_HOME 移到更大的磁盘。",
    )


def look_at_photos(subject: Subject) -> Finding:
    """The photo folder can be written."""
    folder = subject.settings.photos
    place = _existing(folder)
    try:
        with tempfile.TemporaryFile(dir=place):
            return Finding(str(folder))
    except OSError as error:
        return Finding(f"{folder} 不可写（{error.strerror}）", "修正目录权限，或设置 CITYGRID_PHOTO_DIR。")


def _existing(folder: Path) -> Path:
    """The folder, or the nearest one above it that exists."""
    while not folder.exists():
        folder = folder.parent
    return folder


def _ask(subject: Subject, question: str) -> Any:
    return subject.open_session.scalar(text(question))


MACHINE_CHECKS = (
    Check("Python", look_at_python),
    Check("Python 程序包", look_at_packages),
    Check("数据库程序", look_at_binaries),
    Check("PostGIS", look_at_postgis, needs_database=True),
    Check("数据库结构", look_at_migrations, needs_database=True),
    Check("落盘保证", look_at_durability, needs_database=True),
    Check("时钟", look_at_clocks, needs_database=True),
    Check("前端库", look_at_front_end),
    Check("中文字体", look_at_fonts),
    Check("磁盘空间", look_at_disk),
    Check("照片目录", look_at_photos),
)
