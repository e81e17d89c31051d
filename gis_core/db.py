"""The database: one declarative base, one way to open an engine, sync sessions on psycopg 3."""

from sqlalchemy import Engine, MetaData, create_engine
from sqlalchemy.orm import DeclarativeBase, Session, sessionmaker

Sessions = sessionmaker[Session]

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(DeclarativeBase):
    """Columns and constraints of every table; no behaviour."""

    metadata = MetaData(naming_convention=NAMING)


def open_engine(url: str, *, pool_size: int = 10) -> Engine:
    """An engine for `postgresql://` addresses, on psycopg 3, in UTC, with a pool of `pool_size`."""
    if url.startswith("postgresql://"):
        url = "postgresql+psycopg://" + url.removeprefix("postgresql://")
    # Compiling a statement for tiles takes longer than running it: without jit=off half a second.
    return create_engine(
        url,
        pool_size=pool_size,
        max_overflow=pool_size,
        pool_pre_ping=True,
        connect_args={"options": "-c timezone=UTC -c jit=off", "application_name": "citygrid"},
    )


def open_sessions(engine: Engine) -> Sessions:
    """A maker of sessions; `with sessions.begin() as session:` is one transaction."""
    return sessionmaker(engine, expire_on_commit=False)
