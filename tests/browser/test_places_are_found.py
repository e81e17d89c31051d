"""Places are found where people look for them: on every map, for a report, during a call at the desk."""

import re
from math import hypot

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from gis_core.places import LonLat
from tests.browser.conftest import DESK, PHONE, Open, see_map, show
from web.wiring import Wiring

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser-pages"), pytest.mark.timeout(180)]

SENTENCE = "经二路和红旗路十字往东五十米,邮局门口,井盖没了"
EAST_OF_THE_CROSSING = LonLat(107.1450, 34.3687)
WITHIN_M = 80.0
TARGET_PX = 48
"""Drawing the map in software keeps the page from answering while other tests draw theirs."""


def box_of(page: Page) -> Locator:
    return page.get_by_role("combobox", name="查地点")


def open_map(page: Page, address: str = "/map") -> Page:
    page.goto(address)
    see_map(page)
    return page


def search(page: Page, text: str, *keys: str) -> None:
    """Go to the search box by its key, write, and press more keys."""
    page.keyboard.press("/")
    expect(box_of(page)).to_be_focused()
    page.keyboard.type(text, delay=20)
    for key in keys:
        page.keyboard.press(key)


def card_of(page: Page) -> Locator:
    return page.get_by_role("region", name="找到的地点")


def options_of(page: Page) -> Locator:
    return page.locator(".map").get_by_role("option")


def found_on_map(page: Page) -> list[dict[str, object]]:
    """What the map draws of places that were searched for."""
    source = "document.querySelector('.map').cityMap.map.getSource('found').serialize().data.features"
    return [one["properties"] for one in page.evaluate(source)]


def open_call(sign_in: Open, size: dict[str, int] = DESK) -> Page:
    return open_map(sign_in("operator1", size), "/desk/operator/register")


def say_where(desk: Page, text: str) -> Locator:
    """Write where the caller says it is; answers the places listed beside it."""
    where = desk.get_by_label("在哪里")
    where.fill("")
    where.press_sequentially(text, delay=20)
    return desk.get_by_role("listbox", name="可能的地点").get_by_role("option")


def chosen_place(page: Page) -> LonLat:
    lon = page.locator("[name=lon]")
    expect(lon).not_to_have_value("")
    return LonLat(float(lon.input_value()), float(page.locator("[name=lat]").input_value()))


def metres(wiring: Wiring, one: LonLat, other: LonLat) -> float:
    here, there = wiring.plane.to_plane(one), wiring.plane.to_plane(other)
    return hypot(here.easting_m - there.easting_m, here.northing_m - there.northing_m)


def refuse(route: Route) -> None:
    """Answer as the server does when it is asked too often."""
    said = {"status": 429, "headers": {"Retry-After": "20"}, "content_type": "application/json"}
    route.fulfill(**said, body='{"code": "too_often"}')  # type: ignore[arg-type]


def test_a_street_is_found_by_its_first_characters_and_brought_into_view(open_browser: Open) -> None:
    page = open_map(open_browser(DESK))
    search(page, "红旗")
    options_of(page).filter(has_text="红旗路").first.click()
    expect(card_of(page)).to_contain_text("道路")
    assert [one.get("label") for one in found_on_map(page)] == [None, "红旗路"]


def test_a_street_is_found_by_its_initials_and_by_its_pinyin(open_browser: Open) -> None:
    page = open_map(open_browser(DESK))
    search(page, "jel")
    expect(options_of(page).first).to_contain_text("经二路")
    box_of(page).fill("hongqi")
    expect(options_of(page).first).to_contain_text("红旗路")


def test_enter_after_pinyin_takes_the_first_of_the_list(open_browser: Open) -> None:
    page = open_map(open_browser(DESK))
    search(page, "hongqi")
    expect(options_of(page).first).to_contain_text("红旗路")
    page.keyboard.press("Enter")
    expect(card_of(page)).to_contain_text("红旗路")


def test_enter_at_once_after_pinyin_is_answered_too(open_browser: Open) -> None:
    page = open_map(open_browser(DESK))
    search(page, "jel", "Enter")
    expect(card_of(page)).to_contain_text("经二路")


def test_a_report_is_shown_what_pinyin_may_mean_before_it_takes_it(open_browser: Open) -> None:
    page = open_map(open_browser(PHONE), "/report")
    box_of(page).fill("hongqi")
    box_of(page).press("Enter")
    expect(page.locator(".place-said")).to_contain_text("按回车取第一个")
    expect(page.locator("[name=lon]")).to_have_value("")
    expect(options_of(page).first).to_have_attribute("aria-selected", "true")


def test_a_crossing_is_found_shown_and_left_by_keyboard_alone(open_browser: Open) -> None:
    page = open_map(open_browser(DESK))
    search(page, "经二路和红")
    expect(options_of(page).first).to_contain_text("经二路与红旗路路口")
    page.keyboard.press("ArrowDown")
    expect(box_of(page)).to_have_attribute("aria-activedescendant", re.compile("-0$"))
    page.keyboard.press("Enter")
    expect(card_of(page)).to_contain_text("网格 6103")
    page.keyboard.press("Escape")
    expect(card_of(page)).to_be_hidden()
    assert found_on_map(page) == []


def test_a_whole_sentence_is_found_with_its_reasons(open_browser: Open) -> None:
    page = open_map(open_browser(DESK), "/")
    search(page, SENTENCE, "Enter")
    expect(card_of(page)).to_contain_text("确定")
    card_of(page).get_by_text("为什么").click()
    expect(card_of(page)).to_contain_text("往东50 米")
    expect(card_of(page)).not_to_contain_text(re.compile(r"0\.\d"))
    see_map(page)
    show(page, "map-place-search")


def test_of_two_places_of_one_name_none_is_taken(open_browser: Open) -> None:
    page = open_map(open_browser(DESK))
    search(page, "东岭", "Enter")
    expect(options_of(page)).to_have_count(2)
    expect(card_of(page)).to_be_hidden()
    assert [one.get("n") for one in found_on_map(page)] == [1, 2]
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(card_of(page)).to_contain_text("东岭")
    assert [one["role"] for one in found_on_map(page)] == ["range", "pin"]


def test_what_is_not_there_is_said_with_what_was_understood(open_browser: Open) -> None:
    page = open_map(open_browser(DESK))
    search(page, "飞碟基地门口", "Enter")
    expect(page.locator(".place-said")).to_contain_text("地名库中没有找到")
    expect(page.locator(".place-said")).to_contain_text("听懂的是：门口")


def test_who_asks_too_often_is_told_when_to_ask_again(open_browser: Open) -> None:
    page = open_map(open_browser(DESK))
    page.route("**/api/v1/suggest*", refuse)
    search(page, "红旗")
    expect(page.locator(".place-said")).to_contain_text("请过 20 秒再查")


def test_a_search_goes_on_when_the_signal_comes_back(open_browser: Open) -> None:
    page = open_map(open_browser(DESK))
    page.context.set_offline(True)
    search(page, "红旗")
    expect(page.locator(".place-said")).to_contain_text("现在没有网络")
    page.context.set_offline(False)
    expect(options_of(page).first).to_contain_text("红旗路")


def test_a_late_answer_does_not_replace_a_newer_one(open_browser: Open) -> None:
    page = open_map(open_browser(DESK))
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.route(re.compile(r"/suggest\?q=%E7%BA%A2&"), hold)
    search(page, "红")
    page.wait_for_timeout(400)  # the question is under way
    page.keyboard.type("旗")
    expect(options_of(page).first).to_contain_text("红旗路")
    held[0].continue_()
    page.wait_for_timeout(400)  # the late answer has come
    expect(options_of(page).last).to_contain_text("查找“红旗”")


def test_on_a_phone_everything_of_the_search_is_large_enough(open_browser: Open) -> None:
    page = open_map(open_browser(PHONE))
    box_of(page).tap()
    page.keyboard.type("中山", delay=20)
    expect(options_of(page).first).to_contain_text("中山")
    targets = [*options_of(page).all(), page.get_by_role("button", name="清空查找"), box_of(page)]
    heights = [box["height"] for target in targets if (box := target.bounding_box())]
    assert len(heights) > 3
    assert min(heights) >= TARGET_PX
    show(page, "phone-place-search")


def test_typing_in_the_search_box_edits_no_grids(sign_in: Open) -> None:
    page = open_map(sign_in("data", DESK), "/frame")
    search(page, "经二路", "Backspace", "Enter")
    expect(box_of(page)).to_have_value("经二")
    expect(page.get_by_label("网格", exact=True)).to_have_value("")


def test_a_report_takes_its_place_from_words(open_browser: Open, wiring: Wiring) -> None:
    page = open_map(open_browser(PHONE), "/report")
    box_of(page).fill(SENTENCE)
    box_of(page).press("Enter")
    expect(page.locator(".found")).to_contain_text("网格 6103")
    assert metres(wiring, chosen_place(page), EAST_OF_THE_CROSSING) < WITHIN_M
    expect(page.locator("[name=accuracy_m]")).not_to_have_value("")


def test_a_street_alone_is_no_place_of_a_report(open_browser: Open) -> None:
    page = open_map(open_browser(PHONE), "/report")
    box_of(page).fill("红旗路")
    box_of(page).press("Enter")
    expect(page.locator(".found")).to_contain_text("请在地图上点一下准确的位置")
    expect(page.locator("[name=lon]")).to_have_value("")


def test_a_report_forgets_the_place_of_words_that_were_replaced(open_browser: Open) -> None:
    page = open_map(open_browser(PHONE), "/report")
    for words in (SENTENCE, "红旗路"):
        box_of(page).fill(words)
        box_of(page).press("Enter")
        expect(page.locator(".found")).to_contain_text(re.compile("网格 6103|红旗路"))
    expect(page.locator(".found")).to_contain_text("请在地图上点一下准确的位置")
    expect(page.locator("[name=lon]")).to_have_value("")


def test_a_long_sentence_is_seen_from_its_beginning_and_no_key_is_hinted_at(open_browser: Open) -> None:
    page = open_map(open_browser(PHONE))
    box_of(page).tap()
    page.keyboard.type(SENTENCE)
    page.keyboard.press("Enter")
    expect(card_of(page)).to_be_visible()
    assert box_of(page).evaluate("box => box.scrollLeft") == 0
    expect(page.locator(".place-box kbd")).to_be_hidden()


def test_what_is_here_tells_the_address_and_the_grid(open_browser: Open) -> None:
    page = open_map(open_browser(DESK))
    page.locator(".map canvas").first.click(button="right")
    here = page.get_by_role("region", name="这里是")
    expect(here).to_contain_text(re.compile("(渭滨|金台)区.+(路|街)"))
    expect(here).to_contain_text("单元网格")
    expect(here).to_contain_text("GCJ-02")


def test_a_caller_s_place_is_found_while_the_operator_types(sign_in: Open, wiring: Wiring) -> None:
    desk = open_call(sign_in)
    desk.get_by_label("怎么说的").fill("井盖没了，很危险")
    places = say_where(desk, SENTENCE)
    expect(places.first).to_contain_text("确定")
    expect(desk.locator(".reading")).to_contain_text("往东50 米")
    see_map(desk)
    show(desk, "desk-place-search")
    desk.keyboard.press("Enter")
    assert metres(wiring, chosen_place(desk), EAST_OF_THE_CROSSING) < WITHIN_M
    expect(desk.get_by_label("在哪里")).to_have_value(SENTENCE)


def test_the_case_keeps_the_caller_s_words(sign_in: Open) -> None:
    desk = open_call(sign_in)
    desk.get_by_label("怎么说的").fill("井盖没了")
    expect(say_where(desk, SENTENCE).first).to_contain_text("确定")
    desk.get_by_label("雨水井盖", exact=True).first.check()
    desk.get_by_label("电话", exact=True).fill("0917-0000000")
    desk.get_by_role("button", name="登记").click()  # the one place that is sure goes without Enter
    expect(desk.get_by_role("complementary", name="案件")).to_contain_text(SENTENCE)


def test_a_place_is_heard_in_what_the_caller_says_first(sign_in: Open, wiring: Wiring) -> None:
    desk = open_call(sign_in)
    desk.get_by_label("怎么说的").press_sequentially(SENTENCE, delay=20)
    heard = desk.get_by_role("listbox", name="可能的地点").get_by_role("option")
    expect(heard.first).to_contain_text("确定")
    desk.keyboard.press("Alt+1")
    assert metres(wiring, chosen_place(desk), EAST_OF_THE_CROSSING) < WITHIN_M
    expect(desk.get_by_label("怎么说的")).to_have_value(SENTENCE)


def test_a_complaint_without_a_place_finds_none(sign_in: Open) -> None:
    desk = open_call(sign_in)
    with desk.expect_response(re.compile("/api/v1/geocode")):
        desk.get_by_label("怎么说的").press_sequentially("垃圾堆了三天没有人管", delay=20)
    expect(desk.get_by_role("listbox", name="可能的地点").get_by_role("option")).to_have_count(0)


def test_a_chosen_place_keeps_its_name_when_the_page_is_come_back_to(sign_in: Open) -> None:
    desk = open_call(sign_in)
    expect(say_where(desk, SENTENCE).first).to_contain_text("确定")
    desk.keyboard.press("Enter")
    chosen_place(desk)
    name = desk.locator(".call-taken strong").inner_text()
    desk.reload()
    expect(desk.locator(".call-taken strong")).to_have_text(name)


def test_a_call_that_may_mean_two_places_is_not_sent_before_one_is_chosen(sign_in: Open) -> None:
    desk = open_call(sign_in)
    desk.get_by_label("怎么说的").fill("垃圾堆了三天")
    desk.get_by_label("暴露垃圾").first.check()
    expect(say_where(desk, "东岭")).to_have_count(2)
    desk.get_by_role("button", name="登记").click()
    expect(desk.get_by_role("alert")).to_contain_text("有 2 处可能，还没有选")
    desk.keyboard.press("2")
    expect(desk.locator(".call-taken")).to_contain_text("东岭")
    chosen_place(desk)
    expect(desk.get_by_label("在哪里")).to_have_value("东岭")


def test_numbers_of_an_address_are_written_not_chosen(sign_in: Open) -> None:
    desk = open_call(sign_in)
    expect(say_where(desk, "东岭")).to_have_count(2)
    desk.keyboard.type("1")
    expect(desk.get_by_label("在哪里")).to_have_value("东岭1")
    expect(desk.locator("[name=lon]")).to_have_value("")


def test_a_choice_goes_when_the_words_mean_another_place(sign_in: Open) -> None:
    desk = open_call(sign_in)
    expect(say_where(desk, SENTENCE).first).to_contain_text("确定")
    desk.keyboard.press("Enter")
    chosen_place(desk)
    expect(say_where(desk, "渭工路和经二路").first).to_contain_text("渭工路")
    expect(desk.locator("[name=lon]")).to_have_value("")
