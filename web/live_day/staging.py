"""Sets the play up: who takes part, where things are, and the day that is drawn."""

import random
from collections import Counter
from collections.abc import Sequence

from rich.console import Console

from cases.sample_cases.habits import HABITS
from gis_core.clock import SystemClock, city_time
from grid.catalogue import Catalogue
from grid.city import City
from grid.organisations import read_demo_people
from web.live_day.accounts import Account
from web.live_day.day import draw_day
from web.live_day.playing import Play, Stage
from web.live_day.posts import TURNS, Ways
from web.live_day.walking import Degrees
from web.settings import Settings

ROLES = frozenset(turn.role for turn in TURNS)
OF_A_TYPE = 200
OF_A_BATCH = 5_000


def play_day(
    settings: Settings,
    *,
    url: str,
    speed: float,
    hours: tuple[float, float],
    reports: int,
    seed: int,
    console: Console,
) -> tuple["Counter[str]", "Counter[str]"]:
    """Play some hours of a day against the server at `url`; what was done, and what was refused by code.

    :raises NoSuchServer, NoDemonstration: when there is nothing to play with.
    """
    city, clock = City.load(settings.data_dir), SystemClock()
    today = city_time(clock.now()).date()
    catalogue = Catalogue.load(city, today)
    stage = Stage(
        accounts=_accounts(url, city),
        components={},
        ways=Ways(random.Random(seed), catalogue),  # noqa: S311  # a play, no secret
        speed=speed,
        clock=clock,
    )
    stage.components = _components(stage.of("operator")[0], catalogue)
    stage.grids = _grids(stage.of("inspector")[0], stage.places)
    known: list[tuple[str, str]] = [(one.kind, one.code) for one in catalogue.types if one.kind == "matter"]
    known += [("component", code) for code, its in stage.components.items() if its]
    day = draw_day(reports=reports, month=today.month, hours=hours, seed=seed, types=known)
    play = Play(stage)
    with console.status("") as status:
        play.told = lambda _: status.update(_so_far(play))
        length_s = (hours[1] - hours[0]) * 3600
        status.update(f"演示开始：{len(day)} 件上报，共 {length_s / speed / 60:.0f} 分钟。按 Ctrl-C 停止。")
        try:
            play.run(day, first_s=hours[0] * 3600, length_s=length_s)
        except KeyboardInterrupt:
            console.print("已停止。")
    return play.done, play.refused


def _so_far(play: Play) -> str:
    done = play.done
    steps = sum(done.values()) - done["report"] - done["position"]
    return (
        f"上报 {done['report']:,} · 办理 {steps:,} · 结案 {done['rechecked']:,} · 位置 {done['position']:,}"
    )


def _accounts(url: str, city: City) -> list[Account]:
    """Everybody of the demonstration who takes part, signed in."""
    demo = read_demo_people(city)
    accounts = [
        Account(url, person.login, tuple(person.roles))
        for person in demo.people
        if not ROLES.isdisjoint(person.roles)
    ]
    for account in accounts:
        account.sign_in(demo.password)
    return accounts


def _components(account: Account, catalogue: Catalogue) -> dict[str, list[tuple[str, Degrees]]]:
    """Some components of each type that people report of."""
    found: dict[str, list[tuple[str, Degrees]]] = {}
    for code in sorted({habit.type_code for habit in HABITS if habit.kind == "component"}):
        if not any(one.kind == "component" and one.code == code for one in catalogue.types):
            continue
        listed = account.get("/api/v1/components", type=code, limit=OF_A_TYPE)
        rows = listed.body["components"] if listed.is_well else []
        found[code] = [(row["code"], (row["lon"], row["lat"])) for row in rows]
    return found


def _grids(account: Account, places: Sequence[Degrees]) -> dict[Degrees, str]:
    """The responsibility grid of each place that lies in one."""
    found: dict[Degrees, str] = {}
    for begin in range(0, len(places), OF_A_BATCH):
        some = places[begin : begin + OF_A_BATCH]
        located = account.post("/api/v1/locate/batch", {"places": some, "responsibility": True})
        codes = located.body["responsibility_grid_codes"] if located.is_well else []
        found |= {place: code for place, code in zip(some, codes, strict=False) if code}
    return found
