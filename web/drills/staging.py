"""Sets a drill up: the script, the people of the demonstration who take part, the server."""

from datetime import datetime

from rich.console import Console

from emergency.rules.plans.conditions import STATUS_NAMES
from gis_core.clock import Clock, SystemClock, city_time
from grid.city import City
from grid.organisations import read_demo_people
from web.drills.playing import Drill, Stage
from web.drills.posts import AtWork
from web.drills.script import Inject, load_script
from web.live_day.accounts import Account
from web.settings import Settings

POSTS = ("duty_officer", "commander", "operator")


def play_drill(settings: Settings, name: str, *, url: str, speed: float, console: Console) -> str:
    """Play a script against the server at `url`; the number of the incident that it made.

    :raises NoSuchDrill, NoSuchServer, NoDemonstration: DrillStuck when a form is refused on the way.
    """
    city = City.load(settings.data_dir)
    script = load_script(city, name)
    drill = Drill(script, open_stage(city, url, SystemClock()), speed)

    def tell(at: datetime, inject: Inject) -> None:
        hours, seconds = divmod(int(inject.at.total_seconds()), 3600)
        rests_on = f"（{STATUS_NAMES[inject.status]}{'：' if inject.source else ''}{inject.source}）"
        when = f"{city_time(at):%H:%M:%S}  T+{hours}:{seconds // 60:02d}"
        console.print(f"{when}  {inject.say}{rests_on}", markup=False)

    drill.told = tell
    length_min = script.injects[-1].at.total_seconds() / 60 / speed
    console.print(f"演练“{script.name}”开始，约 {length_min:.0f} 分钟。按 Ctrl-C 停止。", markup=False)
    drill.run()
    return drill.incident_no


def open_stage(city: City, url: str, clock: Clock) -> Stage:
    """Everybody of the demonstration who takes part, signed in: a person of each post, every department."""
    demo = read_demo_people(city)
    posts: dict[str, AtWork] = {}
    departments: dict[str, AtWork] = {}
    for person in demo.people:
        post = next((one for one in POSTS if one in person.roles and one not in posts), None)
        if post is None and "department" not in person.roles:
            continue
        at_work = AtWork(Account(url, person.login, tuple(person.roles)), demo.password)
        at_work.account.sign_in(demo.password)
        if post is not None:
            posts[post] = at_work
        elif at_work.account.organisation_code:
            departments.setdefault(at_work.account.organisation_code, at_work)
    return Stage(posts, departments, clock)
