"""What happens beside the straight road: sent back, void, done again, verified first, handled at once."""

from tests.case_city import DEPARTMENT, MISSING_COVER
from tests.street import Street, until_dispatched, until_rechecked


def stage(street: Street) -> str:
    told: str = street.people["operator"].get(f"/api/v1/cases/{street.case_no}").json()["stage"]
    return told


def test_the_duty_chief_sends_back_what_the_operator_took_too_lightly(street: Street) -> None:
    street.act("operator", "accept", criterion_code=MISSING_COVER)
    assert street.act("chief", "send_back", reason="位置与照片不符") == 303
    assert (stage(street), "位置与照片不符" in street.page("operator")) == ("reported", True)


def test_the_dispatcher_sends_back_to_who_filed(street: Street) -> None:
    street.act("operator", "accept", criterion_code=MISSING_COVER)
    street.act("chief", "file_case")
    street.act("dispatcher", "send_back", reason="立案条件选错")
    assert stage(street) == "accepted"


def test_nothing_is_sent_back_without_a_reason(street: Street) -> None:
    street.act("operator", "accept", criterion_code=MISSING_COVER)
    assert (street.act("chief", "send_back"), stage(street)) == (422, "accepted")


def test_a_case_filed_by_mistake_is_void(street: Street) -> None:
    street.act("operator", "accept", criterion_code=MISSING_COVER)
    street.act("chief", "file_case")
    assert (street.act("chief", "void", reason="重复立案"), stage(street)) == (303, "voided")


def test_what_is_out_of_scope_is_declined_with_a_reason(street: Street) -> None:
    street.act("operator", "decline", reason="不在管理范围")
    assert stage(street) == "declined"


def test_an_unclear_report_is_verified_on_the_street_first(street: Street, inspector_id: int) -> None:
    street.act("operator", "send_verification", inspector_id=inspector_id)
    street.act("inspector", "reply_verification", photo="red", result="true")
    assert street.act("operator", "accept", criterion_code=MISSING_COVER) == 303


def test_what_the_inspector_found_untrue_is_not_accepted(street: Street, inspector_id: int) -> None:
    street.act("operator", "send_verification", inspector_id=inspector_id)
    street.act("inspector", "reply_verification", photo="red", result="false")
    assert street.act("operator", "accept", criterion_code=MISSING_COVER) == 422


def test_work_is_not_finished_without_a_photo(street: Street) -> None:
    until_dispatched(street)
    street.act("department", "assign")
    assert (street.act("department", "finish", text="已更换"), stage(street)) == (422, "in_progress")


def test_bad_work_goes_back_to_the_same_department(street: Street, inspector_id: int) -> None:
    until_rechecked(street, inspector_id)
    street.act("chief", "rework", reason="井盖仍松动")
    told = street.people["chief"].get(f"/api/v1/cases/{street.case_no}").json()
    assert (told["stage"], told["department_code"], told["rework_count"]) == ("dispatched", DEPARTMENT, 1)


def test_another_department_cannot_touch_the_case(street: Street, signed_in) -> None:
    until_dispatched(street)
    street.people["department"] = signed_in("water")
    sent = {"revision": "4"}
    answer = street.people["department"].post(f"/cases/{street.case_no}/assign", data=sent)
    assert (answer.status_code, stage(street)) == (403, "dispatched")


def test_a_department_sees_its_photo_though_the_same_picture_is_evidence_elsewhere(street: Street) -> None:
    until_dispatched(street)
    ours = street.people["operator"].get(f"/api/v1/cases/{street.case_no}").json()["photos"][0]["sha256"]
    street.report()
    assert street.people["department"].get(f"/photos/{ours}").status_code == 200


def test_another_department_does_not_see_the_photo(street: Street, signed_in) -> None:
    until_dispatched(street)
    ours = street.people["operator"].get(f"/api/v1/cases/{street.case_no}").json()["photos"][0]["sha256"]
    assert signed_in("water").get(f"/photos/{ours}").status_code == 403
