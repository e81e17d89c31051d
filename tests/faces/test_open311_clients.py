"""Clients of Open311 that others have written, let loose on the running city: PyPI's georeport and three."""

import itertools
import warnings
from datetime import timedelta

import pytest
import requests
from georeport import GeoReport

from tests.case_city import JINGER_ROAD, MISSING_COVER, picture
from web.accounts.keys import issue_key

PLACE = {"lat": JINGER_ROAD.lat_deg, "long": JINGER_ROAD.lon_deg}


@pytest.fixture
def endpoint(served):
    """The address of Open311 in a city that a real server shows."""
    return f"{served}/open311/v2"


@pytest.fixture
def key(wiring):
    """A key of another system."""
    return issue_key(wiring.sessions, "app", scopes=["report", "update"], at=wiring.clock.now())


@pytest.fixture
def three(monkeypatch, endpoint, key):
    """`three` 0.8.0 was written for Python 2, whose itertools had `ifilter`; nothing else of it is changed.

    It speaks JSON here: its reader of XML takes `keys()[0]`, which no Python 3 has.
    """
    monkeypatch.setattr(itertools, "ifilter", filter, raising=False)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a library that `three` needs escapes signs in an old way
        from three import Three
    client = Three(endpoint, api_key=key, jurisdiction="610300")
    with client.session:
        yield client


@pytest.fixture
def reported(three):
    """The numbers of two covers that were reported with `three`."""
    answers = [three.post("01002", description=words, **PLACE) for words in ("没了", "又没了")]
    return [answer[0]["service_request_id"] for answer in answers]


@pytest.fixture(params=["json", "xml"])
def georeport(request, endpoint):
    """`georeport` 0.3.1, which reads both formats and writes neither."""
    return GeoReport(endpoint, jurisdiction="610300", output_format=request.param)


# ---- georeport


def test_georeport_reads_services(georeport):
    told = georeport.get_service_list()
    assert {"service_code", "service_name", "description", "metadata", "type", "keywords", "group"} == {
        *told[0]
    }
    assert "01002" in {one["service_code"] for one in told}


def test_georeport_reads_a_definition(georeport):
    told = georeport.get_service_definition("01002")
    assert told["service_code"] == "01002"
    assert "asset_id" in str(told["attributes"])


def test_georeport_reads_requests(georeport, reported):
    told = georeport.get_service_requests(status="open", service_code="01002,01001")
    assert [one["service_request_id"] for one in told] == reported[::-1]
    assert float(told[0]["lat"]) == PLACE["lat"]


def test_georeport_reads_requests_by_number_and_period(georeport, reported, clock):
    ids = ",".join(reported)
    assert len(georeport.get_service_requests(service_request_id=ids, status="closed")) == 2
    since, until = (clock.at + timedelta(days=days) for days in (-1, 1))
    words = {"start_date": since.isoformat(), "end_date": until.isoformat()}
    assert len(georeport.get_service_requests(**words)) == 2


def test_georeport_reads_one_request(georeport, reported):
    told = georeport.get_service_request(reported[0])
    assert (told["service_request_id"], told["status"]) == (reported[0], "open")


def test_georeport_hears_that_there_is_none(georeport):
    with pytest.raises(requests.HTTPError, match="404"):
        georeport.get_service_request("61030320260918999999")


# ---- three


def test_three_discovers_the_endpoint(three, endpoint):
    assert three.discovery()["endpoints"][0]["url"] == endpoint
    assert b"changeset" in three.discovery(endpoint.removesuffix("/v2") + "/discovery.xml")


def test_three_reads_services_and_a_definition(three):
    assert "01002" in {one["service_code"] for one in three.services()}
    assert three.services("01002")["attributes"][0]["code"] == "condition"


def test_three_reports_with_photo_name_and_chosen_condition_and_reads_it_back(three, signed_in):
    sent = {"description": "井盖没了", "name": "甲 王", "phone": "0917-3260000", "media": picture(),
            "attribute[condition]": MISSING_COVER} | PLACE  # fmt: skip
    case_no = three.post("01002", **sent)[0]["service_request_id"]
    case = signed_in("operator1").get(f"/api/v1/cases/{case_no}").json()
    assert (case["contact_name"], len(case["photos"])) == ("王**", 1)
    told = three.request(case_no)[0]
    assert (told["service_code"], told["status"], told["long"]) == ("01002", "open", PLACE["long"])


def test_three_reports_by_address(three):
    place = f"{PLACE['long']},{PLACE['lat']}"
    assert three.post("01002", address=place, description="井盖没了")[0]["service_request_id"]


def test_three_reads_requests_by_type_period_status_and_page(three, reported):
    since, until = "09-17-2026", "09-19-2026"
    assert len(three.requests("01002", between=[since, until], status="open")) == 2
    assert [one["service_request_id"] for one in three.requests(count=1, page=2)] == reported[:1]
    assert three.requests(count=1, page=3) == []


def test_three_hears_why_it_is_refused(three):
    assert three.post("01002", api_key="guess", **PLACE)[0]["code"] == "403"
    assert three.post("99999", **PLACE)[0]["code"] == "404"
    assert three.post("01002", description="哪里？")[0]["code"] == "400"
    assert three.token("1")[0]["code"] == "404"
