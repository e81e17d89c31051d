"""Who can sign in to the demonstration."""

from grid.city import City
from grid.organisations import read_demo_people
from web.settings import Settings


def list_demo_accounts(settings: Settings) -> list[str]:
    """A line for each kind of post: the first account that the demonstration has for it."""
    demo = read_demo_people(City.load(settings.data_dir))
    firsts = {person.roles[0]: person for person in reversed(demo.people)}
    shown = [f"{person.login:<12}{person.name}" for person in reversed(firsts.values())]
    return [f"演示账号，密码均为 {demo.password}:", *shown]
