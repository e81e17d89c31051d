"""Settings of a deployment: variables CITYGRID_… of the environment or of `.env`, listed in `.env.example`.

Rules of the city are not settings: they are dated data in the city's folder.
"""

from pathlib import Path
from typing import Self

from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from gis_core.errors import BadInput

ROOT = Path(__file__).resolve().parents[1]


class BadSettings(BadInput):
    """A CITYGRID_ variable says something impossible."""

    code = "bad_settings"


class Settings(BaseSettings):
    """How this deployment runs."""

    model_config = SettingsConfigDict(
        env_prefix="CITYGRID_", env_file=ROOT / ".env", env_file_encoding="utf-8", extra="ignore", frozen=True
    )

    home: Path = Field(ROOT / ".citygrid", description="Where the embedded database and the photos lie.")
    data_dir: Path = Field(ROOT / "data" / "baoji", description="The city's data folder.")
    database_url: str = Field(
        "", description="A PostgreSQL with PostGIS to use instead of the embedded one; empty for embedded."
    )
    open_data_url: str = Field(
        "",
        description="The database as the role citygrid_reader reads it, for open data.",
    )
    photo_dir: Path | None = Field(None, description="Where photos lie; empty for `photos` in CITYGRID_HOME.")
    basemaps: Path | None = Field(
        None,
        description="A YAML file of base maps of other hosts; empty for none, and for no request to any.",
    )
    basemap_keys: dict[str, SecretStr] = Field(
        {}, description="Keys of base maps by their id, as JSON; they reach the browsers and no log."
    )
    host: str = Field("127.0.0.1", description="Address the web server listens on.")
    port: int = Field(8000, ge=1, le=65_535, description="Port the web server listens on.")
    jurisdiction_ids: str = Field(
        "",
        description="Names of this city in Open311's jurisdiction_id beside its code, with commas between.",
    )
    privacy_key: SecretStr = Field(
        SecretStr(""),
        description="Secret with which telephone numbers are hashed for logs; empty for a file in the home.",
    )
    site_url: str = Field(
        "", description="The address people reach the site by, for links in messages; empty for no links."
    )
    smtp_url: SecretStr = Field(
        SecretStr(""),
        description="The mail server: smtp://user:password@host:587 (STARTTLS), smtps:// or smtp+plain://.",
    )
    mail_from: str = Field("", description="Who e-mails come from, as Name <address@host>.")
    sms_dir: Path | None = Field(
        None, description="Where SMS lie for a gateway to take; empty for `sms` in CITYGRID_HOME."
    )
    has_sms: bool = Field(
        True, description="Whether a gateway takes SMS from there; without, nobody gets any."
    )
    push_key: Path | None = Field(
        None, description="The key of web push; empty for `push.pem` in CITYGRID_HOME; push is off without."
    )
    push_contact: str = Field(
        "", description="Where push services may complain, as mailto:… or https:…; push is off without."
    )
    push_hosts: str = Field(
        "fcm.googleapis.com, *.push.services.mozilla.com, *.notify.windows.com, *.push.apple.com",
        description="Hosts of push services that may be spoken to.",
    )
    webhook_hosts: str = Field(
        "", description="Hosts (hooks.example, *.example) and nets (10.1.0.0/16) that webhooks may go to."
    )
    camera_hosts: str = Field(
        "",
        description="Hosts and nets that video may be fetched from, as webhook_hosts; empty: none is.",
    )
    feed_hosts: str = Field(
        "",
        description="Hosts and nets that feeds of warnings may be read from; empty: none is.",
    )
    is_https: bool = Field(
        False, description="Whether people reach the site by https: cookies become Secure."
    )

    @field_validator("photo_dir", "basemaps", "sms_dir", "push_key", mode="before")
    @classmethod
    def _empty_is_unset(cls, value: object) -> object:
        return None if value == "" else value

    @model_validator(mode="after")
    def _is_postgresql(self) -> Self:
        for name, url in (("DATABASE_URL", self.database_url), ("OPEN_DATA_URL", self.open_data_url)):
            if url and not url.startswith(("postgresql://", "postgresql+psycopg://")):
                raise ValueError(f"CITYGRID_{name} 应以 postgresql:// 开头")
        return self

    @classmethod
    def secret_names(cls) -> tuple[str, ...]:
        """Settings that are secret, or hold secrets."""
        return tuple(name for name, one in cls.model_fields.items() if "SecretStr" in str(one.annotation))

    @property
    def photos(self) -> Path:
        """The folder of photos."""
        return self.photo_dir or self.home / "photos"

    @property
    def sms_folder(self) -> Path:
        """The folder of SMS."""
        return self.sms_dir or self.home / "sms"

    @property
    def push_key_file(self) -> Path:
        """The file of the key of web push."""
        return self.push_key or self.home / "push.pem"

    @property
    def is_embedded(self) -> bool:
        """Whether the database is our own private cluster."""
        return not self.database_url


def load_settings(**given: object) -> Settings:
    """Settings from the environment, with what a command line gave in place of it; raises BadSettings."""
    try:
        return Settings(**{name: value for name, value in given.items() if value is not None})  # type: ignore[arg-type]
    except ValidationError as problem:
        faults = "; ".join(
            f"{'.'.join(str(part) for part in fault['loc']) or '设置'}: {fault['msg']}"
            for fault in problem.errors(include_url=False)
        )
        raise BadSettings(
            f"设置有误（{faults}）。请对照 .env.example 修改环境变量或 .env 文件。"
        ) from problem
