"""Checks of what the city must bring: data in force, a whole frame, sound cases, jobs, safe accounts."""

from datetime import timedelta
from typing import Any

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error
from sqlalchemy import make_url, text

from cases.evaluation.formulas import load_formulas
from cases.evaluation.freezing import find_fault
from cases.evaluation.reading import find_counted
from cases.evidence_rules import load_field_rules
from cases.explain import find_broken_cases, find_wrong_clocks
from cases.limits import load_calendar
from cases.notices.wording import NoticeBook
from cases.privacy_rules import load_privacy, load_retention
from cases.rules.stages import action_label
from gis_core.clock import city_time
from grid.catalogue import Catalogue
from grid.city import list_calendar_years
from grid.divisions import read_boundaries, read_divisions
from grid.gazetteer.building import folder_of, is_built
from grid.gazetteer.index_reading import get_version
from grid.organisations import list_organisations, load_responsibilities, read_demo_people, read_organisations
from web.api.open_data.collections import COLLECTIONS
from web.api.open_data.reader import ROLE, find_reader_url
from web.checking import Check, Finding, Subject
from web.wiring import INDEXES

NEXT_YEAR_WITHIN = timedelta(days=60)
"""The State Council names the next year's holidays in November."""
MOST_GAP_SHARE = 0.001
CASES_LOOKED_AT = 200
JOBS_WAIT_AT_MOST_S = 300
HEARTBEAT_WITHIN_S = 60
ACCOUNTS_LOOKED_AT = 20
BY_DEMO = "运行 citygrid demo 绘制示意城市，或导入本市的网格数据。"


def look_at_registers(subject: Subject) -> Finding:
    """Divisions, borders and organisations can be read and are in the database."""
    city = subject.known_city
    divisions, bodies = read_divisions(city), read_organisations(city)
    read_boundaries(city)
    missing = len(bodies) - len(list_organisations(subject.open_session))
    found = f"区划 {len(divisions)} 个，单位 {len(bodies)} 个"
    return Finding(found, f"数据库少 {missing} 个单位，请运行 citygrid seed。" if missing > 0 else "")


def look_at_calendars(subject: Subject) -> Finding:
    """The working calendar covers this year, and the next one when it is near."""
    today = city_time(subject.at).date()
    years = {year.year for year in list_calendar_years(subject.known_city)}
    missing = sorted({today.year, (today + NEXT_YEAR_WITHIN).year} - years)
    found = f"已有 {'、'.join(map(str, sorted(years)))} 年"
    if missing == [today.year + 1]:
        # The notice may not be out yet: until the year begins this is no fault, and says so.
        return Finding(f"{found}；{missing[0]} 年放假安排公布后请添加 data/calendars/cn-{missing[0]}.yaml")
    names = "、".join(f"data/calendars/cn-{year}.yaml" for year in missing)
    return Finding(
        found, f"按国务院办公厅的放假通知添加 {names}，并列入 city.yaml 的 calendars。" if missing else ""
    )


def look_at_catalogue(subject: Subject) -> Finding:
    """Every type of the edition in force has a filing criterion with a limit."""
    catalogue = Catalogue.load(subject.known_city, city_time(subject.at).date())
    bare = [one.code for one in catalogue.types if not catalogue.criteria_of(one.kind, one.code)]
    found = f"{catalogue.edition}，{len(catalogue.types)} 类"
    hint = f"在 criteria.csv 中为 {'、'.join(bare[:5])} 等 {len(bare)} 类补充立案条件和时限。"
    return Finding(found, hint if bare else "")


def look_at_responsibility(subject: Subject) -> Finding:
    """The rules of responsibility can be read and name organisations that exist."""
    load_responsibilities(subject.known_city, city_time(subject.at).date())
    return Finding("责任规则可用")


def look_at_notices(subject: Subject) -> Finding:
    """The words of notices can be read, and nothing of the table is without its own."""
    book = NoticeBook.load(subject.known_city)
    hint = f"在 notices.yaml 中补充：{'；'.join(book.gaps[:3])}。" if book.gaps else ""
    return Finding(book.file.version, hint)


def look_at_frame(subject: Subject) -> Finding:
    """There are unit grids, each sound and with an inspector's grid, and they fill their communities."""
    counts = _row(
        subject,
        "SELECT count(*) AS grids, count(*) FILTER (WHERE NOT ST_IsValid(geom)) AS broken,"
        " count(*) FILTER (WHERE responsibility_code IS NULL) AS unwatched,"
        " coalesce(sum(area_m2), 0) AS area_m2"
        " FROM grid.unit_grid WHERE valid_to IS NULL",
    )
    if counts.grids == 0:
        return Finding("没有单元网格", BY_DEMO)
    ground_m2 = _row(
        subject,
        "SELECT sum(ST_Area(geom)) AS area_m2 FROM grid.division d WHERE valid_to IS NULL AND EXISTS"
        " (SELECT FROM grid.unit_grid g WHERE g.community_code = d.code AND g.valid_to IS NULL)",
    ).area_m2
    faults = []
    if counts.broken or counts.unwatched:
        faults.append(f"图形有误 {counts.broken} 个，无责任网格 {counts.unwatched} 个")
    if ground_m2 and abs(counts.area_m2 - ground_m2) > MOST_GAP_SHARE * ground_m2:
        faults.append(f"网格与社区面积相差 {abs(counts.area_m2 - ground_m2):.0f} 平方米")
    found = f"单元网格 {counts.grids:,} 个，{counts.area_m2 / 1e6:.1f} 平方千米"
    return Finding(found, f"{'；'.join(faults)}。请修正网格数据后重新导入。" if faults else "")


def look_at_component_counts(subject: Subject) -> Finding:
    """The squares that maps show from afar count every component of the register."""
    found = _row(
        subject,
        "SELECT (SELECT count(*) FROM grid.component) AS listed, (SELECT coalesce(sum(n), 0)"
        " FROM grid.component_count WHERE level = 14 AND type_code = '' AND owner_code = '') AS counted",
    )
    hint = "在数据库中执行 SELECT grid.count_components_anew(); 重新计数。"
    return Finding(f"部件 {found.listed:,} 个", hint if found.listed != found.counted else "")


def look_at_case_counts(subject: Subject) -> Finding:
    """The squares that maps show from afar count every ended case; open ones are counted whenever asked."""
    found = _row(
        subject,
        "SELECT (SELECT count(*) FROM cases.seen_case WHERE closed_at IS NOT NULL) AS listed,"
        " (SELECT coalesce(sum(n), 0) FROM cases.ended_count) AS counted",
    )
    hint = "在数据库中执行 SELECT cases.count_ended_anew(); 重新计数。"
    return Finding(f"已结束的案件 {found.listed:,} 件", hint if found.listed != found.counted else "")


def look_at_field_rules(subject: Subject) -> Finding:
    """What photos and positions from the street must show can be read; a city may ask nothing."""
    rules = load_field_rules(subject.known_city, city_time(subject.at).date())
    fences = "、".join(
        f"{action_label(step)} {one.within_m:.0f} 米" for step, one in rules.fences.steps.items()
    )
    return Finding(
        f"{rules.version}：{fences}" if rules.version else "没有 evidence.yaml，现场照片和位置不另作要求"
    )


def look_at_privacy(subject: Subject) -> Finding:
    """The types whose place only staff see are those of the city's folder, and old contacts are cleaned."""
    rules, retention = load_privacy(subject.known_city), load_retention(subject.known_city)
    written = set(subject.open_session.execute(text("SELECT kind, type_code FROM cases.private_type")).all())
    found = _row(subject, "SELECT max(at) AS last FROM cases.privacy_deed WHERE deed = 'retention'")
    cleaned = f"{city_time(found.last):%Y-%m-%d %H:%M}" if found.last else "还没有"
    told = f"私密类型 {len(written)} 个；联系方式保存期 {retention.version}，上次清理：{cleaned}"
    is_same = {tuple(one) for one in written} == {(one.kind, one.code) for one in rules.private_types}
    return Finding(told, "" if is_same else "私密类型与 privacy.yaml 不同：执行 citygrid seed。")


def look_at_gazetteer(subject: Subject) -> Finding:
    """Places are registered, and the index that answers is the one of what the database holds."""
    found = _row(subject, "SELECT count(*) AS n FROM grid.place WHERE valid_to IS NULL")
    folder = folder_of(subject.settings.home / INDEXES, get_version(subject.open_session))
    index = "索引已就绪" if is_built(folder) else "索引未生成，服务启动后自动生成"
    if not found.n:
        return Finding(f"地名库为空，只能按道路和区划查找；{index}")
    return Finding(f"地名 {found.n:,} 处，{index}")


def look_at_journal(subject: Subject) -> Finding:
    """The chains of the cases that moved last hold."""
    broken = find_broken_cases(subject.open_session, newest=CASES_LOOKED_AT)
    hint = f"案件 {'、'.join(list(broken)[:3])} 的记录被改动过：停止使用该库，与备份比对，并报告审计员。"
    return Finding(f"抽查最近 {CASES_LOOKED_AT} 件，断裂 {len(broken)} 件", hint if broken else "")


def look_at_clocks(subject: Subject) -> Finding:
    """The clocks of the cases that moved last come out the same when their facts are run again."""
    wrong = find_wrong_clocks(subject.open_session, load_calendar(subject.known_city), newest=CASES_LOOKED_AT)
    hint = (
        f"案件 {'、'.join(list(wrong)[:3])} 的时钟与事实不符：citygrid explain 案卷号 看详情，并报告审计员。"
    )
    return Finding(f"重算最近 {CASES_LOOKED_AT} 件，不符 {len(wrong)} 件", hint if wrong else "")


def look_at_jobs(subject: Subject) -> Finding:
    """A worker is alive and no job waits long."""
    if not subject.is_city_up:
        return Finding("城市未在运行，略过")
    found = _row(
        subject,
        "SELECT (SELECT count(*) FROM procrastinate_workers"
        "        WHERE last_heartbeat > now() - make_interval(secs => :alive)) AS workers,"
        " (SELECT coalesce(extract(epoch FROM now() - min(coalesce(j.scheduled_at, e.at))), 0)"
        "  FROM procrastinate_jobs j JOIN procrastinate_events e ON e.job_id = j.id AND e.type = 'deferred'"
        "  WHERE j.status = 'todo' AND coalesce(j.scheduled_at, now()) <= now()) AS wait_s",
        alive=HEARTBEAT_WITHIN_S,
    )
    if not found.workers:
        return Finding("没有后台任务进程", "运行 citygrid worker，或用 script/server 启动。")
    hint = "查看后台任务进程的输出，必要时多启动一个 citygrid worker。"
    return Finding(
        f"进程 {found.workers} 个，最久等待 {found.wait_s:.0f} 秒",
        hint if found.wait_s > JOBS_WAIT_AT_MOST_S else "",
    )


def look_at_accounts(subject: Subject) -> Finding:
    """Somebody can sign in, and the demonstration's password opens nothing in a city with real data."""
    people = _row(
        subject,
        "SELECT count(*) FILTER (WHERE is_active) AS active,"
        " count(*) FILTER (WHERE is_active AND is_demo) AS demo,"
        " EXISTS (SELECT FROM grid.unit_grid WHERE NOT is_synthetic) AS is_real FROM accounts.person",
    )
    if not people.active:
        return Finding("没有可登录的账号", BY_DEMO)
    if people.is_real and people.demo:
        return Finding(f"正式数据中有 {people.demo} 个演示账号", "停用演示账号：演示密码是公开的。")
    if _has_demo_password(subject):
        return Finding("有正式账号使用演示密码", "让这些账号立即修改密码。")
    return Finding(f"可登录 {people.active} 个，其中演示账号 {people.demo} 个")


def _has_demo_password(subject: Subject) -> bool:
    password = read_demo_people(subject.known_city).password
    hashes = subject.open_session.scalars(
        text(
            "SELECT password_hash FROM accounts.person WHERE NOT is_demo AND is_active"
            " ORDER BY id DESC LIMIT :most"
        ),
        {"most": ACCOUNTS_LOOKED_AT},
    )
    return any(_opens(password, password_hash) for password_hash in hashes)


def _opens(password: str, password_hash: str) -> bool:
    try:
        return PasswordHasher().verify(password_hash, password)
    except Argon2Error:
        return False


def look_at_open_data(subject: Subject) -> Finding:
    """The role that open data are read with is there, may read what is published, and nothing else."""
    role = subject.open_session.execute(text(READER), {"role": ROLE}).one()
    database = make_url(subject.settings.database_url or "postgresql://")
    is_on = (
        subject.settings.is_embedded or find_reader_url(subject.settings.open_data_url, database) is not None
    )
    if role.oid is None:
        found = f"未启用：没有只读角色 {ROLE}，当前数据库用户不能创建它"
        what = f"如需启用，请数据库管理员执行 CREATE ROLE {ROLE} LOGIN，再运行 citygrid migrate"
        return Finding(f"{found}；{what}", "按 docs/operations.md“开放数据”一节创建角色。" if is_on else "")
    reach = subject.open_session.execute(text(REACH), {"role": ROLE}).one()
    if reach.too_much:
        return Finding(
            f"角色 {ROLE} 能读不该读的: {reach.too_much}",
            f"执行 REVOKE ALL ON {reach.too_much} FROM {ROLE}。",
        )
    if reach.views < len(COLLECTIONS):
        return Finding(f"可读图层 {reach.views} 个，应为 {len(COLLECTIONS)} 个", "运行 citygrid migrate。")
    if not is_on:
        return Finding(f"未启用：给角色 {ROLE} 设密码并设置 CITYGRID_OPEN_DATA_URL 后，/ogc 即可使用")
    return Finding(f"图层 {reach.views} 个，只读角色 {ROLE}")


def look_at_evaluation(subject: Subject) -> Finding:
    """The formulas can be read, facts are counted, and what was frozen is what was sealed."""
    formulas = load_formulas(subject.known_city)
    counted, fault = find_counted(subject.open_session), find_fault(subject.open_session)
    if fault is not None:
        return Finding(
            f"第 {fault} 条冻结记录与其摘要不符", "有人绕过系统改过冻结的结果：查数据库日志，从备份核对。"
        )
    if counted is None:
        return Finding(f"办法 {formulas.version}，还没有统计过，后台运行后一分钟内统计")
    return Finding(f"办法 {formulas.version}，统计到 {city_time(counted.at):%Y-%m-%d %H:%M}")


READER = "SELECT (SELECT oid FROM pg_roles WHERE rolname = :role) AS oid"
REACH = """
    SELECT count(*) FILTER (WHERE n.nspname = 'open_data') AS views,
           string_agg(format('%I.%I', n.nspname, c.relname), ', ')
               FILTER (WHERE n.nspname IN ('grid', 'cases', 'accounts')) AS too_much
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'v', 'm', 'p') AND n.nspname IN ('open_data', 'grid', 'cases', 'accounts')
      AND has_schema_privilege(:role, n.oid, 'USAGE') AND has_table_privilege(:role, c.oid, 'SELECT')
"""


def _row(subject: Subject, question: str, **words: object) -> Any:
    return subject.open_session.execute(text(question), words).one()


CITY_CHECKS = (
    Check("区划与单位", look_at_registers, needs_database=True, needs_city=True),
    Check("工作日历", look_at_calendars, needs_city=True),
    Check("类型与时限", look_at_catalogue, needs_city=True),
    Check("责任规则", look_at_responsibility, needs_city=True),
    Check("通知用语", look_at_notices, needs_city=True),
    Check("现场取证", look_at_field_rules, needs_city=True),
    Check("单元网格", look_at_frame, needs_database=True),
    Check("部件计数", look_at_component_counts, needs_database=True),
    Check("案件计数", look_at_case_counts, needs_database=True),
    Check("地名库", look_at_gazetteer, needs_database=True),
    Check("个人信息", look_at_privacy, needs_database=True, needs_city=True),
    Check("案件记录链", look_at_journal, needs_database=True),
    Check("案件时钟", look_at_clocks, needs_database=True),
    Check("综合评价", look_at_evaluation, needs_database=True, needs_city=True),
    Check("后台任务", look_at_jobs, needs_database=True),
    Check("开放数据", look_at_open_data, needs_database=True),
    Check("账号", look_at_accounts, needs_database=True, needs_city=True),
)
