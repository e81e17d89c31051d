"""What responses hold of a telephone number, for its owner: told in whole, or taken out.

Taking out leaves what somebody decided to keep as evidence, and lists of whom the city calls in an emergency:
those are changed where they are kept. Facts of before numbers were kept beside them stay; they are told.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import ColumnElement, Text, cast, or_, select, update
from sqlalchemy.orm import Session

from cases.rules.privacy import without_number
from cases.subjects import exactly, is_number
from emergency.incidents.tables import PERSONAL, CallRow, IncidentFactRow, IncidentRow, WordsOfFactRow
from emergency.receivers.tables import WarningDeliveryRow, WarningReceiverRow
from emergency.record.tables import HoldRow
from emergency.resources.tables import ResourceRow
from emergency.response.tables import ActivationRow, TaskRow
from emergency.room.tables import IncidentPhotoRow, MessageRow, SituationDraftRow

Rows = Sequence[Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class HeldInResponses:
    """Everything held of a number in responses to incidents. Moments are UTC.

    `calls` came from it; `response_words` of calls, facts, messages, tasks and reports say it; `sealed_words`
    say it in facts, where it cannot be taken out; `receivers` of warnings and `contacts` of resources are
    reached by it; `receipts` are warnings that went there.
    """

    calls: Rows
    response_words: Rows
    sealed_words: Rows
    receivers: Rows
    receipts: Rows
    contacts: Rows


def list_held_in_responses(session: Session, number: str) -> HeldInResponses:
    """Everything held of a plain number. Reads whole tables: rare work."""
    says = exactly(number)
    words = [
        {"incident_no": no, "where": where, "words": told}
        for where, table, names in _TEXTS
        for no, *texts in session.execute(_of_incident(table, names, says))
        for told in texts
        if told and re.search(says, told)
    ]
    receiver = is_number(WarningReceiverRow.phone, number)
    return HeldInResponses(
        calls=_rows(session, _CALL.where(is_number(CallRow.caller_phone, number))),
        response_words=words,
        sealed_words=_rows(session, _FACT.where(_says(IncidentFactRow, ("text", "body"), says))),
        receivers=_rows(session, select(*_RECEIVER).where(receiver)),
        receipts=_rows(session, _RECEIPT.where(receiver)),
        contacts=_rows(session, select(*_CONTACT).where(is_number(ResourceRow.contact_phone, number))),
    )


def erase_from_responses(session: Session, number: str) -> dict[str, int]:
    """Take a plain number, and who called from it, out of responses whose data are not held as evidence."""
    held = select(HoldRow.incident_id).where(HoldRow.lifted_at.is_(None))
    from_it = is_number(CallRow.caller_phone, number) & CallRow.incident_id.not_in(held)
    emptied = update(CallRow).where(from_it).values(dict.fromkeys(PERSONAL, "")).returning(CallRow.id)
    n_calls = len(session.execute(emptied).all())
    session.expire_all()
    n_words = sum(_blot(session, table, names, number, held) for _, table, names in _TEXTS)
    return {"incident_calls": n_calls, "incident_words": n_words}


def _blot(session: Session, table: Any, names: Sequence[str], number: str, held: Any) -> int:
    which = _incident_of(table).not_in(held) & _says(table, names, exactly(number))
    rows = session.scalars(select(table).where(which).with_for_update()).all()
    for row in rows:
        for name in names:
            value = getattr(row, name)
            plain = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
            told = without_number(plain, number)
            if told != plain:
                setattr(row, name, told if isinstance(value, str) else json.loads(told))
    session.flush()
    return len(rows)


def _of_incident(table: Any, names: Sequence[str], says: str) -> Any:
    query = select(IncidentRow.incident_no, *(cast(getattr(table, name), Text) for name in names))
    if table is not IncidentRow:
        query = query.join_from(table, IncidentRow, IncidentRow.id == _incident_of(table))
    return query.where(_says(table, names, says)).order_by(IncidentRow.id)


def _incident_of(table: Any) -> Any:
    if table is IncidentRow:
        return IncidentRow.id
    if table is TaskRow:
        of_task = select(ActivationRow.incident_id).where(ActivationRow.id == TaskRow.activation_id)
        return of_task.correlate(TaskRow).scalar_subquery()
    return table.incident_id


def _says(table: Any, names: Sequence[str], says: str) -> ColumnElement[bool]:
    return or_(*(cast(getattr(table, name), Text).regexp_match(says) for name in names))


def _rows(session: Session, query: Any) -> Rows:
    return [dict(row) for row in session.execute(query).mappings()]


_TEXTS: Final[Sequence[tuple[str, Any, tuple[str, ...]]]] = (
    ("call", CallRow, ("words", "told_already")),
    ("fact", WordsOfFactRow, ("text", "body")),
    ("message", MessageRow, ("words",)),
    ("task", TaskRow, ("text", "words")),
    ("response", ActivationRow, ("matter", "measures", "evidence", "stood_down_why")),
    ("situation_report", SituationDraftRow, ("text",)),
    ("photo", IncidentPhotoRow, ("words",)),
    ("incident", IncidentRow, ("title", "place_text")),
)
"""Where people write words about an incident, and in which columns."""
_CALL = select(
    IncidentRow.incident_no, CallRow.at, CallRow.caller_name, CallRow.caller_unit, CallRow.caller_post,
    CallRow.caller_phone, CallRow.told_already, CallRow.words,
).join_from(CallRow, IncidentRow, IncidentRow.id == CallRow.incident_id).order_by(CallRow.id)  # fmt: skip
_FACT = (
    select(IncidentRow.incident_no, IncidentFactRow.seq, IncidentFactRow.at, IncidentFactRow.action)
    .join_from(IncidentFactRow, IncidentRow, IncidentRow.id == IncidentFactRow.incident_id)
    .order_by(IncidentRow.id, IncidentFactRow.seq)
)
_RECEIVER = (
    WarningReceiverRow.kind, WarningReceiverRow.name, WarningReceiverRow.person, WarningReceiverRow.phone,
    WarningReceiverRow.channel, WarningReceiverRow.valid_until, WarningReceiverRow.removed_at,
)  # fmt: skip
_RECEIPT = (
    select(
        WarningReceiverRow.name, WarningDeliveryRow.warning_id, WarningDeliveryRow.sent_at,
        WarningDeliveryRow.confirmed_at, WarningDeliveryRow.confirmed_by,
    )
    .join_from(
        WarningDeliveryRow, WarningReceiverRow, WarningReceiverRow.id == WarningDeliveryRow.receiver_id
    )
    .order_by(WarningDeliveryRow.id)
)  # fmt: skip
_CONTACT = (
    ResourceRow.kind, ResourceRow.code, ResourceRow.name, ResourceRow.contact_name, ResourceRow.contact_phone,
    ResourceRow.contact_confirmed_on, ResourceRow.removed_at,
)  # fmt: skip
