"""Everything the faces need, made once at the start of a process."""

import contextlib
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, partial
from threading import Thread
from typing import TYPE_CHECKING, Annotated, Any

import jinja2
from argon2 import PasswordHasher
from fastapi import Depends, Request
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from cases.feed_rules import FeedRules, load_feeds
from cases.filtering import TypeNames
from cases.limits import load_calendar
from cases.operations import Cases
from cases.photos import PhotoStore
from cases.privacy_rules import PrivacyRules, load_privacy
from cases.rules.worktime import WorkCalendar
from cases.workload import count_tasks
from emergency.cap.event_kinds import load_event_kinds
from emergency.city_layers import CityLayers
from emergency.effect_data import load_effect_data
from emergency.heights.operations import CityHeights
from emergency.incident_data import load_incident_book
from emergency.incidents.operations import Incidents
from emergency.measurements.instruments import list_instruments
from emergency.measurements.operations import Measurements
from emergency.measurements.situations import Situations
from emergency.response.editing import PlanDrafts
from emergency.response.groups import GroupsInForce
from emergency.response.operations import PlanBook, Responses
from emergency.room.messages import Messages
from emergency.room.operations import Room
from emergency.room.reports import SituationReports
from emergency.shelter_standards import ShelterRules, load_shelter_rules
from emergency.warnings.concerning import Concerns
from emergency.warnings.operations import Warnings
from emergency.ways.following import KnownClosures
from emergency.ways.operations import Closures
from gis_core.clock import Clock, SystemClock, city_time
from gis_core.crs import PlaneSystem
from gis_core.db import Sessions, open_engine, open_sessions
from gis_core.geocoding.divisions import NationalDivisions
from gis_core.geocoding.tagging import Tagger
from gis_core.tiles import Box
from grid.catalogue import Catalogue
from grid.city import City
from grid.frame import LiveFrame
from grid.gazetteer.live import LiveGazetteer
from grid.geocoding import CityGeocoder
from grid.organisations import load_responsibilities, read_organisations
from grid.positions.live import LivePicture
from grid.positions.operations import Movers
from grid.road_network import LiveRoads, RoadRules
from grid.rules.responsibility import Responsibilities
from web.accounts.signing_in import Doorkeeper
from web.api.drawing import TileDrawer
from web.api.open_data.answers import OpenData
from web.api.open_data.reader import DataReader, find_reader_url
from web.api.tile_versions import TileVersions
from web.basemaps import Basemaps, load_basemaps
from web.live import Hub
from web.map_facts import MapFacts, MapFactsReader
from web.notice_work import Channels, open_channels
from web.phone_shell import PHONE_FUNCTIONS
from web.privacy_key import load_subject_key
from web.recent import Recent
from web.rendering import build_templates
from web.settings import ROOT, Settings
from web.streams import Streams, open_streams
from web.wall_figures import WallFigures
from web.warning_key import load_signing_key
from web.words import Words

if TYPE_CHECKING:
    from web.siting_work import SitingFound

NATION = ROOT / "data" / "nation"
"""Where the list of the country's divisions lies; every city has the same."""
INDEXES = "gazetteer"
"""Where in the home folder indexes of the gazetteer lie; processes of one machine share them."""
POOL_SIZE = 12
WARM_CONNECTIONS = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Wiring:
    """What a page or an API route works with; nothing in it belongs to one request."""

    settings: Settings
    engine: Engine
    sessions: Sessions
    clock: Clock
    city: City
    plane: PlaneSystem
    frame: LiveFrame
    catalogue: Catalogue
    type_names: TypeNames
    calendar: WorkCalendar
    rules: Responsibilities
    photos: PhotoStore
    cases: Cases
    hub: Hub
    doorkeeper: Doorkeeper
    templates: jinja2.Environment
    words: Words
    map_reader: MapFactsReader
    tiles: TileDrawer
    tile_versions: TileVersions
    open_data: OpenData
    gazetteer: LiveGazetteer
    geocoder: CityGeocoder
    basemaps: Basemaps
    channels: Channels
    privacy: PrivacyRules
    feeds: FeedRules
    movers: Movers
    picture: LivePicture
    wall_figures: WallFigures
    streams: Streams
    incidents: Incidents
    city_layers: CityLayers
    warnings: Warnings
    responses: Responses
    plan_drafts: PlanDrafts
    measurements: Measurements
    situations: Situations
    roads: LiveRoads
    closures: Closures
    known_closures: KnownClosures
    shelter_rules: ShelterRules
    sitings: "Recent[SitingFound]"
    heights: CityHeights
    room: Room
    situation_reports: SituationReports
    messages: Messages

    def subject_key(self) -> bytes:
        """The secret with which telephone numbers are hashed for logs."""
        return load_subject_key(self.settings)

    def map_facts(self) -> MapFacts:
        """What the map must say of its data, as last known."""
        return self.map_reader.facts()

    def start(self) -> None:
        """Begin to listen for changes of the frame and of cases."""
        self.frame.start()
        self.hub.start()
        self.picture.start()
        self.gazetteer.start()
        self.roads.start()
        Thread(target=self._warm_up, name="warm-up", daemon=True).start()

    def _warm_up(self) -> None:
        """Do what the first map would wait for; what fails here fails later where somebody sees it."""
        with contextlib.suppress(DBAPIError):
            warm_connections(self.engine, srid=self.plane.srid)

    def stop(self) -> None:
        """Stop listening and give the connections back."""
        self.picture.stop()
        self.hub.stop()
        self.gazetteer.stop()
        self.roads.stop()
        self.frame.stop()
        self.open_data.close()
        self.engine.dispose()


def build_wiring(
    settings: Settings, *, database_url: str | None = None, clock: Clock | None = None
) -> Wiring:
    """Wire one process to the city that `settings` name and to its database (the embedded one's address is
    handed in as `database_url`)."""
    city = City.load(settings.data_dir)
    engine = open_engine(database_url or settings.database_url, pool_size=POOL_SIZE)
    return wire(settings, engine=engine, city=city, clock=clock or SystemClock())


def wire(
    settings: Settings, *, engine: Engine, city: City, clock: Clock, hasher: PasswordHasher | None = None
) -> Wiring:
    """Wire one process around an engine that is open already."""
    sessions = open_sessions(engine)
    plane = PlaneSystem(city.plane_crs)
    today = city_time(clock.now()).date()
    frame = LiveFrame(sessions, plane, pull_in_m=city.pull_in_m)
    catalogue = Catalogue.load(city, today)
    calendar = load_calendar(city)
    rules = load_responsibilities(city, today)
    photos = PhotoStore(settings.photos)
    type_names: TypeNames = {(one.kind, one.code): one.name for one in catalogue.types}
    map_reader = MapFactsReader(sessions)
    tile_versions = TileVersions(sessions)
    data_reader = DataReader(find_reader_url(settings.open_data_url, engine.url), plane, type_names)
    geocoder = follow_places(settings, engine, city, frame)
    hub, movers = Hub(sessions, tile_versions), Movers.of(sessions, city, plane, frame)
    picture = LivePicture(sessions, plane, movers.limits_at, clock, _tasks_of_movers)
    picture.on_moved(hub.tell_movers)
    cases = Cases(
        sessions=sessions,
        frame=frame,
        city=city,
        catalogue=catalogue,
        calendar=calendar,
        rules=rules,
        photos=photos,
        plane=plane,
    )
    incidents = Incidents(sessions, plane, frame, load_incident_book(city, NATION), cases.teller.book)
    plans = PlanBook.of(city)
    return Wiring(
        settings=settings,
        engine=engine,
        sessions=sessions,
        clock=clock,
        city=city,
        plane=plane,
        frame=frame,
        catalogue=catalogue,
        type_names=type_names,
        calendar=calendar,
        rules=rules,
        photos=photos,
        cases=cases,
        hub=hub,
        doorkeeper=Doorkeeper.at_work(sessions, hasher),
        templates=load_templates(),
        words=load_words(),
        map_reader=map_reader,
        tiles=TileDrawer(
            sessions,
            plane,
            _box(city),
            short_names={city.zone.code: city.zone.short_name} if city.zone else {},
        ),
        tile_versions=tile_versions,
        open_data=OpenData(city, data_reader, lambda: map_reader.facts().is_synthetic),
        gazetteer=geocoder.live,
        geocoder=geocoder,
        basemaps=load_basemaps(settings.basemaps, settings.basemap_keys),
        channels=open_channels(settings),
        privacy=load_privacy(city),
        feeds=load_feeds(city),
        movers=movers,
        picture=picture,
        wall_figures=WallFigures(sessions, city, type_names),
        streams=open_streams(settings),
        incidents=incidents,
        plan_drafts=PlanDrafts(sessions),
        responses=Responses(sessions, incidents, plans),
        measurements=Measurements(sessions, list_instruments),
        situations=Situations(list_instruments, Concerns.of(city, plane)),
        heights=CityHeights(sessions),
        room=Room(sessions, incidents),
        situation_reports=SituationReports(sessions, incidents),
        messages=Messages(
            sessions,
            incidents,
            cases.teller.book,
            plans.staff.organisations,
            GroupsInForce(plans.staff, _centre(city)),
        ),
        city_layers=CityLayers(sessions, city, plane, load_effect_data(city)),
        warnings=open_warnings(settings, incidents, city),
        roads=LiveRoads(sessions, plane, RoadRules.load(city.folder)),
        closures=Closures(sessions, plane, incidents),
        known_closures=KnownClosures(),
        shelter_rules=load_shelter_rules(city),
        sitings=Recent(),
    )


def open_warnings(settings: Settings, incidents: Incidents, city: City) -> Warnings:
    """Warnings are sent under the city's code, whatever address the system has today."""
    return Warnings(
        incidents.sessions,
        incidents.plane,
        incidents,
        load_event_kinds(city.catalogue.folder),
        sender=f"{city.code}.citygrid",
        authority=(0, int(city.code)),
        key=partial(load_signing_key, settings.home, f"citygrid {city.code}"),
    )


def _centre(city: City) -> str:
    """The code of the command centre."""
    return next(one.code for one in read_organisations(city) if one.kind == "command_centre")


def _tasks_of_movers(session: Session) -> dict[str, int]:
    """How many tasks people have in hand, by their keys among movers."""
    return {f"p{person_id}": n for person_id, n in count_tasks(session).items()}


@cache
def load_templates() -> jinja2.Environment:
    """The templates of all pages, each compiled once a process."""
    return build_templates(_filters(), PHONE_FUNCTIONS)


@cache
def load_words() -> Words:
    """What pages say in each language, read once a process."""
    return Words.load()


@cache
def load_nation() -> NationalDivisions:
    """The divisions of the country by name, read once a process."""
    return NationalDivisions.load(NATION)


@cache
def load_tagger() -> Tagger:
    """The tagger of addresses of any city, read once a process, when somebody asks for labels."""
    return Tagger.load(NATION, load_nation())


def follow_places(settings: Settings, engine: Engine, city: City, frame: LiveFrame) -> CityGeocoder:
    """The geocoding engine of a process; whoever starts its `live` lets it follow the gazetteer."""
    sessions, plane = open_sessions(engine), PlaneSystem(city.plane_crs)
    build_apart = partial(build_index_apart, settings, engine)
    live = LiveGazetteer(sessions, plane, city, settings.home / INDEXES, build_apart=build_apart)
    return CityGeocoder(live, frame, plane, city, load_nation)


def build_index_apart(settings: Settings, engine: Engine) -> None:
    """Build the index of the gazetteer in a process of its own, so that pages go on being answered."""
    url = engine.url.render_as_string(hide_password=False)
    environment = os.environ | {
        "CITYGRID_DATABASE_URL": url,
        "CITYGRID_HOME": str(settings.home),
        "CITYGRID_DATA_DIR": str(settings.data_dir),
    }
    subprocess.run(
        [sys.executable, "-m", "web.cli", "index-places"],
        env=environment,
        check=True,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
    )


def warm_connections(engine: Engine, *, srid: int) -> None:
    """Open connections and let each project a point: the first projection of a connection takes 0.1 s."""
    projected = text(
        "SELECT ST_Transform(p, 3857), ST_Transform(p, 4490)"
        " FROM ST_SetSRID(ST_MakePoint(500000, 3800000), :srid) AS p"
    )
    with contextlib.ExitStack() as together:
        for _ in range(WARM_CONNECTIONS):
            together.enter_context(engine.connect()).execute(projected, {"srid": srid})


def _box(city: City) -> Box:
    return Box(*(getattr(city.bounds, edge) for edge in ("west_deg", "south_deg", "east_deg", "north_deg")))


def _filters() -> Mapping[str, Any]:
    try:
        from web.faces.views import TEMPLATE_FILTERS
    except ImportError:
        return {}
    return TEMPLATE_FILTERS


async def get_wiring(request: Request) -> Wiring:
    """The wiring of the application that answers this request."""
    wiring: Wiring = request.app.state.wiring
    return wiring


Wired = Annotated[Wiring, Depends(get_wiring)]
