"""Notices as pages, streams and workers ask for them: whose they are, what a bell shows, the channels."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from cases.notices.delivering import Delivering
from cases.notices.reading import MOST_COUNTED, Reader
from cases.notices.store import forget_old
from cases.notices.wording import NoticeBook
from gis_core.clock import Clock
from gis_core.db import Sessions
from gis_core.messages.mail import Mail
from gis_core.messages.posting import Allowed, Poster
from gis_core.messages.push import Push
from gis_core.messages.sms_files import SmsFiles
from grid.city import City
from web.accounts.people import Person
from web.settings import Settings


@dataclass(frozen=True, slots=True)
class Channels:
    """The ways of sending that this deployment has; None for those that are off."""

    mail: Mail | None
    sms: SmsFiles | None
    push: Push | None
    hooks: Poster

    @property
    def names(self) -> tuple[str, ...]:
        """The channels that people may choose."""
        known = {"email": self.mail, "sms": self.sms, "push": self.push}
        return tuple(name for name, channel in known.items() if channel is not None)


def reader_of(person: Person) -> Reader:
    """Whose notices a person reads."""
    return Reader.of(person.id, person.roles, person.organisation_code)


def unread_words(count: int) -> str:
    """How many notices are unread, as a bell shows it: empty for none, 99+ for many.

    >>> unread_words(0), unread_words(7), unread_words(100)
    ('', '7', '99+')
    """
    return f"{MOST_COUNTED}+" if count > MOST_COUNTED else str(count or "")


def open_channels(settings: Settings) -> Channels:
    """The channels that the settings open; those that are off are None.

    :raises BadMailServer, BadAllowList: when a setting cannot be read.
    """
    url = settings.smtp_url.get_secret_value()
    return Channels(
        mail=Mail.at(url, settings.mail_from) if url else None,
        sms=SmsFiles(settings.sms_folder) if settings.has_sms else None,
        push=_open_push(settings),
        hooks=Poster(Allowed.read(settings.webhook_hosts)),
    )


def _open_push(settings: Settings) -> Push | None:
    if not settings.push_contact or not settings.push_key_file.exists():
        return None
    return Push(Poster(Allowed.read(settings.push_hosts)), settings.push_key_file, settings.push_contact)


def open_delivering(settings: Settings, sessions: Sessions, clock: Clock, city: City) -> Delivering:
    """What delivers messages in a worker."""
    channels = open_channels(settings)
    return Delivering(
        sessions=sessions,
        clock=clock,
        book=NoticeBook.load(city),
        mail=channels.mail,
        sms=channels.sms,
        push=channels.push,
        hooks=channels.hooks,
        site_url=settings.site_url.rstrip("/"),
    )


KEPT_FOR = timedelta(days=90)


def forget_old_notices(sessions: Sessions, at: datetime) -> None:
    """Let go of what staff was told three months ago, some at a time."""
    with sessions.begin() as session:
        forget_old(session, before=at - KEPT_FOR)
