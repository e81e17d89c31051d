"""English is complete: every message of pages, scripts and errors has its translation."""

import importlib
import pkgutil
import re
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pytest
from babel.messages.extract import extract
from babel.messages.pofile import read_po

import cases
import emergency
import gis_core
import grid
import web
from cases.evaluation.formulas import KIND_NAMES as EVALUATED_NAMES
from cases.evaluation.formulas import load_formulas
from cases.rules.angles import POINTS
from cases.rules.counting import COUNTER_TITLES
from cases.rules.findings import SENTENCES
from cases.rules.periods import PERIOD_NAMES
from cases.rules.privacy import PURPOSES
from cases.rules.reasons import REASONS
from cases.rules.shots import SHOT_NAMES
from cases.rules.stages import PUBLIC_STAGE_NAMES, STAGE_NAMES, TRANSITIONS
from cases.rules.telling import TOPIC_NAMES
from emergency.cap.chinese import ASSUMPTIONS
from emergency.cap.findings import ERRORS, WARNINGS
from emergency.cap.lifecycle import STANDING_NAMES as WARNING_STANDINGS
from emergency.cap.receipts import CLAUSES as RECEIVER_CLAUSES
from emergency.cap.receipts import KIND_NAMES as RECEIVER_KINDS
from emergency.cap.scales import COLOURS, EVENT_LEVEL_NAMES, RESPONSE_LEVEL_NAMES
from emergency.cap.signing import REASONS as SIGNATURE_REASONS
from emergency.cap.signing import STATE_NAMES as SIGNATURE_STATES
from emergency.receivers.listed import CHANNEL_NAMES as RECEIVER_CHANNELS
from emergency.resources.facts import ACTION_NAMES as RESOURCE_ACTIONS
from emergency.resources.facts import FIELD_NAMES as RESOURCE_FIELDS
from emergency.resources.importing import headings_of
from emergency.rules.alarms import KIND_NAMES as ALARM_KINDS
from emergency.rules.closing import ENTRY_NAMES
from emergency.rules.closing import STANDING_NAMES as CLOSURE_STANDINGS
from emergency.rules.incidents import MARK_NAMES
from emergency.rules.incidents import STAGE_NAMES as INCIDENT_STAGES
from emergency.rules.incidents import TRANSITIONS as INCIDENT_EDGES
from emergency.rules.levels import STATUS_NAMES as STATUS_LABELS
from emergency.rules.levels import TOLL_NAMES, EventLevel
from emergency.rules.plans.comparing import PART_NAMES as PLAN_PARTS
from emergency.rules.plans.document import EVIDENCE_NAMES
from emergency.rules.plans.document import RESPONSE_NAMES as RESPONSE_LEVELS
from emergency.rules.plans.document import STATE_NAMES as PLAN_STATES
from emergency.rules.readings import MEASURE_NAMES, UNITS
from emergency.rules.readings import REASONS as READING_REASONS
from emergency.rules.reporting import CHANNEL_NAMES
from emergency.rules.reporting import KIND_NAMES as REPORT_KINDS
from emergency.rules.reporting import STANDING_NAMES as STANDINGS
from emergency.rules.resource_cells import fields_of
from emergency.rules.resources import DETAILS, READINESS_NAMES
from emergency.rules.resources import KIND_NAMES as REGISTER_KINDS
from emergency.rules.resources import MEASURE_NAMES as GAUGE_MEASURES
from emergency.rules.responding import TASK_STATES, TASK_STEPS
from emergency.rules.room.groups import POSTS as MESSAGE_POSTS
from emergency.rules.room.resources import KINDS as RESOURCE_KINDS
from emergency.rules.room.resources import STATE_NAMES as RESOURCE_STATES
from emergency.rules.room.shapes import KIND_NAMES as SHAPE_KINDS
from emergency.rules.roster import POST_NAMES as DUTY_POSTS
from emergency.ways.following import PROFILE_NAMES
from gis_core.errors import CitygridError
from gis_core.geocoding.gazetteer import KIND_NAMES
from grid.cameras.facts import ACTION_NAMES as CAMERA_ACTIONS
from grid.cameras.facts import FIELD_NAMES as CAMERA_FIELDS
from grid.cameras.importing import FIELDS as CAMERA_COLUMNS
from grid.gazetteer.facts import ACTION_NAMES
from grid.positions.tracks import PURPOSES as TRACK_PURPOSES
from grid.rules.gazetteer import SORT_NAMES
from grid.rules.seen_places import FINDINGS, SEVERITIES
from tests.case_city import baoji
from web.api.open311.stages import MERGED, STATUS_NOTES
from web.bulk_work import OUTCOME_NAMES
from web.bulk_work import STATUS_NAMES as BULK_STATUS_NAMES
from web.errors import KEPT, NOTHING_KEPT, TITLES, TODO
from web.evaluation_files import CLAUSE_NAMES, FAMILY_NAMES, METHOD_HEADINGS, PARTS
from web.evaluation_files import HEADINGS as TABLE_HEADINGS
from web.export_work import STATUS_NAMES as EXPORT_STATUS_NAMES
from web.faces.cameras.imports import SYSTEM_NAMES as CAMERA_SYSTEMS
from web.faces.cameras.pages import STANDING_NAMES as CAMERA_STANDINGS
from web.faces.case_files import HEADINGS
from web.faces.chips import CHIP_WORDS
from web.faces.duty.register_imports import SYSTEM_NAMES as RESOURCE_SYSTEMS
from web.faces.duty.register_parts import FINDING_NAMES
from web.faces.duty.room import COLUMNS as TASK_COLUMNS
from web.faces.duty.warnings import TYPE_NAMES
from web.faces.field.pages import TABS as FIELD_TABS
from web.faces.gazetteer.files import HEADINGS as PLACE_HEADINGS
from web.faces.gazetteer.forms import DRAWN_NAMES
from web.faces.gazetteer.imports import STATUS_NAMES, SYSTEM_NAMES
from web.faces.gazetteer.pages import STANDING_NAMES
from web.faces.privacy.pages import DEED_NAMES
from web.faces.privacy.pages import HEADINGS as ACCESS_HEADINGS
from web.faces.queues import POSTS
from web.faces.register.files import MORE
from web.faces.views import PHOTO_ROLES
from web.faces.wall.replay import HEADINGS as REPLAY_HEADINGS
from web.faces.workbench.bulk import RESULT_HEADINGS
from web.gazetteer_work import CHANGED_NAMES
from web.incident_work import SOURCE_NAMES
from web.list_files import SAMPLE
from web.receiver_work import STATE_NAMES as DELIVERY_STATES
from web.rendering import TEMPLATES
from web.sheltering_forms import WAYS_NAMES
from web.siting_forms import MODEL_NAMES as SITING_MODELS
from web.subjects import ERASED, HELD
from web.warning_work import AREA_NAMES, CATEGORY_NAMES, CERTAINTY_NAMES, RESPONSE_NAMES, URGENCY_NAMES
from web.way_answers import ASKED as WAYS_ASKED
from web.way_forms import DIRECTION_NAMES
from web.way_shapes import DRAWN_WAYS
from web.words import TRANSLATIONS, Words

WORDS = Words.load()
ENGLISH = WORDS.messages["en"]
OF_SCRIPTS = WORDS.for_scripts["en"]
GAZETTEER_WORDS = {
    *KIND_NAMES.values(), *SORT_NAMES.values(), *ACTION_NAMES.values(), *CHANGED_NAMES.values(),
    *DRAWN_NAMES.values(), *STANDING_NAMES.values(), *STATUS_NAMES.values(), *SEVERITIES.values(),
    *(name for name, _ in FINDINGS.values()), *SYSTEM_NAMES.values(),
}  # fmt: skip
CAMERA_WORDS = {
    *CAMERA_ACTIONS.values(), *CAMERA_FIELDS.values(), *CAMERA_COLUMNS.values(), *CAMERA_SYSTEMS.values(),
    *CAMERA_STANDINGS.values(),
}  # fmt: skip
RESOURCE_DETAILS = [field for model in DETAILS.values() for field in fields_of(model)]
RESOURCE_WORDS = {
    *RESOURCE_ACTIONS.values(), *RESOURCE_FIELDS.values(), *REGISTER_KINDS.values(),
    *READINESS_NAMES.values(),
    *GAUGE_MEASURES.values(), *RESOURCE_SYSTEMS.values(), *FINDING_NAMES.values(),
    *(words for kind in DETAILS for words in headings_of(kind).values()),
    *(words for field in RESOURCE_DETAILS for words in (*field.names.values(), *field.columns.values())),
}  # fmt: skip
WARNING_WORDS = {
    *ERRORS.values(), *WARNINGS.values(), *ASSUMPTIONS.values(), *WARNING_STANDINGS.values(),
    *COLOURS.values(),
    *EVENT_LEVEL_NAMES.values(), *RESPONSE_LEVEL_NAMES.values(), *SIGNATURE_REASONS.values(),
    *SIGNATURE_STATES.values(), *RECEIVER_KINDS.values(), *RECEIVER_CLAUSES.values(),
    *RECEIVER_CHANNELS.values(), *DELIVERY_STATES.values(),
    *URGENCY_NAMES.values(), *CERTAINTY_NAMES.values(), *RESPONSE_NAMES.values(), *CATEGORY_NAMES.values(),
    *AREA_NAMES.values(), *TYPE_NAMES.values(),
}  # fmt: skip
CASE_WORDS = {
    *TOPIC_NAMES.values(), *TRACK_PURPOSES.values(), *FIELD_TABS.values(),
    *STAGE_NAMES.values(), *PUBLIC_STAGE_NAMES.values(), *PHOTO_ROLES.values(),
    *SHOT_NAMES.values(), *POINTS, *SENTENCES, "、",
    *(words for edge in TRANSITIONS for words in (edge.label, edge.guard) if words),
    "同一部件", "类别相同", "大类相同", "说法相近",
    *(words for codes in REASONS.values() for words in codes.values()),
    *(words for post in POSTS for words in (post.title, *(tab.name for tab in post.tabs))), *CHIP_WORDS,
    *BULK_STATUS_NAMES.values(), *EXPORT_STATUS_NAMES.values(), *OUTCOME_NAMES.values(), *RESULT_HEADINGS,
}  # fmt: skip
EMERGENCY_WORDS = {
    *INCIDENT_STAGES.values(), *MARK_NAMES.values(), *(edge.label for edge in INCIDENT_EDGES),
    *(level.words for level in EventLevel), *TOLL_NAMES.values(), *STATUS_LABELS.values(),
    *DUTY_POSTS.values(), *REPORT_KINDS.values(), *CHANNEL_NAMES.values(), *STANDINGS.values(),
    *SOURCE_NAMES.values(), *TASK_STATES.values(), *(one.label for one in TASK_STEPS),
    *RESPONSE_LEVELS.values(), *PLAN_STATES.values(), *PLAN_PARTS.values(), *EVIDENCE_NAMES.values(),
    *ALARM_KINDS.values(), *READING_REASONS.values(), *MEASURE_NAMES.values(),
    *CLOSURE_STANDINGS.values(), *ENTRY_NAMES.values(), *PROFILE_NAMES.values(), *WAYS_ASKED.values(),
    *DIRECTION_NAMES.values(), *DRAWN_WAYS.values(), *WAYS_NAMES.values(),
    *SITING_MODELS.values(),
    *RESOURCE_KINDS.values(), *RESOURCE_STATES.values(), *SHAPE_KINDS.values(), *TASK_COLUMNS.values(),
    *MESSAGE_POSTS.values(),
    *UNITS.values(),
}  # fmt: skip
EVALUATION_WORDS = {
    *COUNTER_TITLES.values(), *PERIOD_NAMES.values(), *EVALUATED_NAMES.values(), *FAMILY_NAMES.values(),
    *CLAUSE_NAMES.values(), *TABLE_HEADINGS, *PARTS, *METHOD_HEADINGS,
    *(note[0] for note in load_formulas(baoji()).notes),
}  # fmt: skip
WEB = Path(web.__file__).parent
SOURCES = {
    "jinja2.ext:babel_extract": sorted(TEMPLATES.rglob("*.html")),
    "python": sorted(path for path in WEB.rglob("*.py")),
    "javascript": sorted((WEB / "static" / "js").rglob("*.js")),
}
HAN = re.compile(r"[\u4e00-\u9fff]")


def said_in(method: str, path: Path) -> Iterator[str]:
    """Messages of a file that are Chinese."""
    for _, message, _, _ in extract(method, BytesIO(path.read_bytes()), keywords={"_": None}):
        words = message if isinstance(message, str) else message[0]
        if words and HAN.search(words):
            yield words


def codes() -> list[str]:
    """The code of every kind of error that the system raises."""
    for package in (gis_core, grid, cases, emergency, web):
        for module in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
            importlib.import_module(module.name)
    kinds, found = [CitygridError], {"bug", "database_away", "method_not_allowed"}
    for kind in kinds:
        found.add(kind.code)
        kinds.extend(kind.__subclasses__())
    return sorted(found)


@pytest.mark.parametrize(
    ("method", "path"),
    [(method, path) for method, paths in SOURCES.items() for path in paths],
    ids=lambda value: value.name if isinstance(value, Path) else "",
)
def test_every_message_is_known_in_english(method: str, path: Path):
    assert {words for words in said_in(method, path) if words not in ENGLISH} == set()


@pytest.mark.parametrize("path", SOURCES["javascript"], ids=lambda path: path.name)
def test_every_message_of_a_script_reaches_the_browser_in_english(path: Path):
    assert {words for words in said_in("javascript", path) if words not in OF_SCRIPTS} == set()


@pytest.mark.parametrize(
    "words", [*PURPOSES.values(), *HELD.values(), *ERASED.values(), *DEED_NAMES.values(), *ACCESS_HEADINGS]
)
def test_what_the_log_of_contacts_says_is_known_in_english(words: str):
    assert words in ENGLISH


@pytest.mark.parametrize("words", [*TITLES.values(), *KEPT.values(), *TODO.values(), NOTHING_KEPT])
def test_what_error_pages_say_is_known_in_english(words: str):
    assert words in ENGLISH


@pytest.mark.parametrize("words", [*HEADINGS, *MORE, *PLACE_HEADINGS, *REPLAY_HEADINGS, SAMPLE])
def test_what_files_of_lists_say_is_known_in_english(words: str):
    assert words in ENGLISH


@pytest.mark.parametrize("words", [*STATUS_NOTES.values(), MERGED])
def test_what_other_systems_are_told_of_a_stage_is_known_in_english(words: str):
    assert words in ENGLISH


@pytest.mark.parametrize("words", sorted(GAZETTEER_WORDS))
def test_what_is_said_of_places_is_known_in_english(words: str):
    assert words in ENGLISH


@pytest.mark.parametrize("words", sorted(CAMERA_WORDS))
def test_what_is_said_of_cameras_is_known_in_english(words: str):
    assert words in ENGLISH


@pytest.mark.parametrize("words", sorted(RESOURCE_WORDS))
def test_what_is_said_of_resources_is_known_in_english(words: str):
    assert words in ENGLISH


@pytest.mark.parametrize("words", sorted(WARNING_WORDS))
def test_what_is_said_of_warnings_is_known_in_english(words: str):
    assert words in ENGLISH


@pytest.mark.parametrize("words", sorted(CASE_WORDS | EMERGENCY_WORDS))
def test_what_the_table_of_steps_says_is_known_in_english(words: str):
    assert words in ENGLISH


@pytest.mark.parametrize("words", sorted(EVALUATION_WORDS))
def test_what_is_said_of_evaluation_is_known_in_english(words: str):
    assert words in ENGLISH


@pytest.mark.parametrize("code", codes())
def test_every_error_has_an_english_sentence(code: str):
    assert f"error:{code}" in ENGLISH


@pytest.mark.parametrize("words", sorted(ENGLISH))
def test_a_translation_keeps_the_places_for_values(words: str):
    places = re.compile(r"\{(\w+)\}")
    assert set(places.findall(ENGLISH[words])) == set(places.findall(words))


FINISHED = [
    ("只到街道一级，较粗", "only as fine as: Street office", "what it names is told in English, too"),
    (
        "曾用名，今为红旗路；按直线推算",
        "a former name of 红旗路; measured along a straight line",
        "two clauses",
    ),
    ("死亡 2 人，失踪 1 人", "2 dead, 1 missing", "clauses of a list"),
    ("一级响应、二级响应", "Response level I, Response level II", "names of a list"),
    (
        "建议启动三级响应：林家村站流量 2500 立方米每秒（07-16 12:00）。"
        "一级响应、二级响应的条件缺少数据，无法判断，请人工核实。",
        "Activation of Response level III is proposed: flow at 林家村站 2500 m³/s (07-16 12:00). "
        "Data for the condition of Response level I, Response level II are missing, so it cannot be judged; "
        "please verify by hand.",
        "a proposal with its reasons and doubts",
    ),
    (
        "满足其一：（同时满足：泄漏量 > 0 千克；震级 ≥ 5 级）；610300 任一雨量站 3 小时雨量 ≥ 50 毫米",
        "any of: (all of: amount leaked > 0 kg; magnitude ≥ 5); rain at any gauge of 610300 in 3 h ≥ 50 mm",
        "conditions in brackets stay together",
    ),
    (
        "已通知市应急局：石坝河、瓦峪河漫溢，速派二级响应、抽水队伍",
        "Told 市应急局: 石坝河、瓦峪河漫溢，速派二级响应、抽水队伍",
        "what people wrote is not half translated",
    ),
    ("这句话没有人译过", None, "nobody has translated it"),
    ("有" + "很" * 10_000 + "处可能", None, "far too long for a sentence"),
]


@pytest.mark.parametrize(("words", "told", "because"), FINISHED, ids=[row[2] for row in FINISHED])
def test_a_finished_sentence_is_known_by_its_words(words: str, told: str | None, because: str):
    assert WORDS.find_sentence("en", words) == told


def test_a_word_is_said_in_one_way_in_english() -> None:
    ways: dict[str, set[str]] = {}
    for path in sorted((TRANSLATIONS / "en" / "LC_MESSAGES").glob("*.po")):
        for one in read_po(BytesIO(path.read_bytes())):
            ways.setdefault(str(one.id), set()).add(str(one.string))
    assert {words: said for words, said in ways.items() if words and len(said) > 1} == {}
