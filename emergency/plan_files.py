"""Plans, the rules for plans and who staffs them, read from the city's data folder."""

from datetime import date
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict

from emergency.rules.plans.conditions import Status
from emergency.rules.plans.document import Plan
from emergency.rules.plans.linting import Surroundings
from emergency.rules.plans.posts import Contact, Staff, organisation_of, written_in_full
from emergency.rules.plans.reading import parse_plan
from emergency.rules.plans.requirements import PlanRules
from grid.city import City, read_data
from grid.organisations import read_organisations, read_roles

PLANS_FOLDER = "plans"
STAFF_FILE = "plan_staff.yaml"
RULES_FILE = Path("..") / "nation" / "plan_rules.yaml"


class _Data(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class KeptElsewhere(_Data):
    """A plan that plans of the city refer to and that is not in this system."""

    code: str
    name: str
    status: Status


class StaffFile(_Data):
    """`plan_staff.yaml`: posts that are staffed in the sample, and plans kept elsewhere."""

    is_sample: bool
    status: Status
    valid_until: date
    posts: tuple[Annotated[str, AfterValidator(written_in_full)], ...]
    kept_elsewhere: tuple[KeptElsewhere, ...]


def load_plans(city: City) -> tuple[Plan, ...]:
    """Every plan of the city's folder, by file name; a city without plans has none.

    :raises BadPlan: naming the file and what is wrong in it.
    :raises PlanHasCycle: naming the tasks that wait for each other.
    """
    files = sorted((city.folder / PLANS_FOLDER).glob("*.yaml"))
    return tuple(parse_plan(path.read_text(encoding="utf-8"), path.name) for path in files)


def load_plan_rules(city: City) -> PlanRules:
    """What law and practice ask of plans. Raises BadCityData."""
    return read_data(city.folder / RULES_FILE, PlanRules)


def load_staff(city: City) -> Staff:
    """Organisations, roles and sample contacts; no person is named. Raises BadCityData."""
    file = read_data(city.folder / STAFF_FILE, StaffFile)
    organisations = {one.code: one.short_name for one in read_organisations(city)}
    contacts = tuple(
        Contact(post, f"{organisations.get(organisation_of(post), post)}应急联络员（示例）", file.valid_until)
        for post in file.posts
    )
    return Staff(organisations, {role.code: role.name for role in read_roles(city)}, contacts)


def load_kept_elsewhere(city: City) -> tuple[KeptElsewhere, ...]:
    """Plans that the city's plans refer to and that are not in this system. Raises BadCityData."""
    return read_data(city.folder / STAFF_FILE, StaffFile).kept_elsewhere


def load_surroundings(city: City, on: date) -> Surroundings:
    """What the city's plans are checked against on a day."""
    others = {plan.code: plan.name for plan in load_plans(city)}
    others |= {plan.code: plan.name for plan in load_kept_elsewhere(city)}
    return Surroundings(load_plan_rules(city), load_staff(city), on, others)
