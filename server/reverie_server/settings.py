"""One settings tree, and the only reader of the environment.

Every setting is ``REVERIE_<NAME>`` in the environment, ``<name>`` in a TOML file that
``REVERIE_SETTINGS_FILE`` (or ``reverie serve --settings``) names, a file ``REVERIE_<NAME>`` in the
folder that ``REVERIE_SECRETS_FOLDER`` names, or a flag. Flags win over the environment, that over
the folder, and that over the file.
"""

from __future__ import annotations

import errno
import ipaddress
import os
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import unquote, urlsplit

from pydantic import Field, SecretStr, field_validator, model_validator
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SecretsSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

Seconds = Annotated[float, Field(gt=0)]
_NEEDED_BY_EMBEDDER = {
    "static": (),
    "openai": ("embedder_url", "embedder_model", "embedder_dimension"),
    "client": ("embedder_dimension",),
}
_NEEDED_BY_EXTRACTOR = {
    "embedded": (),
    "openai": ("extractor_url", "extractor_model"),
}
_PREFIX = "REVERIE_"
_OF_TESTS = "REVERIE_TEST_"
SETTINGS_FILE = "REVERIE_SETTINGS_FILE"
SECRETS_FOLDER = "REVERIE_SECRETS_FOLDER"


class Settings(BaseSettings):
    """How this server runs. The defaults are the embedded mode on a laptop."""

    model_config = SettingsConfigDict(
        env_prefix=_PREFIX, extra="forbid", frozen=True, validate_default=True
    )

    data_folder: Path = Path("data")
    """Where the database and the index are."""
    backup_folder: Path = Path("backups")
    """Where backups are written to and restored from; better on another disk. Servers that share a
    database need one that all of them mount."""
    spool_folder: Path | None = None
    """Where exports and imports lie on their way; by default the data folder, or where the system
    keeps such files."""
    spool_bytes: Annotated[int, Field(ge=64 * 1024)] = 2 * 1024**3
    """How much they may take there together; what finds no room is refused with RESOURCE_EXHAUSTED.
    """
    database_url: SecretStr | None = None
    """A PostgreSQL database, `postgresql://...`, in place of SQLite in the data folder."""
    database_pool_size: Annotated[int, Field(ge=1)] = 8
    """Connections to PostgreSQL."""
    database_acquire_seconds: Seconds = 5.0
    """How long a call may wait for a connection, or for its turn at one user's memory."""
    database_statement_seconds: Seconds = 15.0
    """How long a statement may take on PostgreSQL."""
    database_lock_seconds: Seconds = 5.0
    """How long a statement may wait for another transaction on PostgreSQL."""
    database_idle_seconds: Seconds = 15.0
    """How long a transaction on PostgreSQL may stand still."""
    database_unfenced_role: str | None = None
    """A role of PostgreSQL that may serve although row-level security does not hold for it."""
    database_pgbouncer: bool = False
    """PgBouncer in transaction mode lies before PostgreSQL: nothing is kept on connections."""
    qdrant_url: str | None = None
    """A Qdrant in place of the index in the data folder: `http://host:6334`, its gRPC port."""
    qdrant_api_key: SecretStr | None = None
    """Qdrant's API key, one that may make and drop collections."""
    qdrant_collection: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,128}$")] = "reverie"
    """How the names of Qdrant's collections begin; each filling of the index has one of its own."""
    qdrant_search_seconds: Seconds = 2.0
    """How long a search may wait for Qdrant before it answers from the database, degraded."""
    qdrant_write_seconds: Seconds = 15.0
    """How long Qdrant may take for one change."""
    qdrant_shards: Annotated[int, Field(ge=1)] | None = None
    """Shards of the collection, or of each shard key; by default what Qdrant chooses."""
    qdrant_replicas: Annotated[int, Field(ge=1)] = 1
    """Copies of each shard."""
    qdrant_write_replicas: Annotated[int, Field(ge=1)] = 1
    """How many copies must have a change before it counts."""
    qdrant_write_ordering: Literal["weak", "medium", "strong"] = "medium"
    """How Qdrant puts changes in order."""
    qdrant_read_consistency: Literal["majority", "quorum", "all"] | None = None
    """How many copies must agree on an answer; by default any one answers."""
    qdrant_shard_workspaces: tuple[str, ...] = ()
    """Large workspaces that get shards of their own."""
    lease_seconds: Annotated[float, Field(ge=0.5, le=600)] = 15.0
    """After how long without a sign of life others take over what a server was doing."""
    host: str = "127.0.0.1"
    """The address to listen on. Beyond loopback only with `insecure`."""
    port: Annotated[int, Field(ge=0, le=65535)] = 50051
    """0 lets the system choose."""
    insecure: bool = False
    """Serve beyond loopback although there is no TLS, and possibly no keys."""
    api_keys: dict[str, SecretStr] = Field(default_factory=dict)
    """Workspace id -> bearer token. Without any, callers on loopback are trusted."""
    compare_personas: bool = False
    """Grant the permission `memory.compare` (RecallService.CompareAcrossPersonas)."""
    reflection: bool = True
    """Serve gRPC reflection."""
    metrics: bool = True
    """Serve Prometheus metrics, on a port of their own."""
    metrics_host: str = "127.0.0.1"
    """The address of that port. Beyond loopback only with `insecure`."""
    metrics_port: Annotated[int, Field(ge=0, le=65535)] = 9464
    """0 lets the system choose. Where the default is taken, there are none, and the log says so."""
    otel_endpoint: str | None = None
    """A collector that takes OpenTelemetry's traces over gRPC: `http://host:4317`."""
    otel_sample_ratio: Annotated[float, Field(ge=0, le=1)] = 1.0
    """What part of the traces that begin here is sent; the others are as their callers say."""
    workers: Annotated[int, Field(ge=1, le=256)] = 1
    """Server processes on the port; several need PostgreSQL and a Qdrant."""
    max_in_flight: Annotated[int, Field(ge=1)] = 1_000
    """Calls inside at once; more are refused with RESOURCE_EXHAUSTED."""
    drain_seconds: Seconds = 20.0
    """How long calls in flight may take to finish after SIGTERM."""
    session_expiry_seconds: Seconds = 3_600.0
    """How long the working memory of an ended session stays."""
    session_idle_seconds: Seconds = 1_800.0
    """After how long without a write a session is archived, because its bot has died."""
    sweep_seconds: Seconds = 30.0
    """How often sessions are looked at for expiry and idleness."""
    relationship_drift_half_life_days: Annotated[float, Field(ge=0, le=36_500)] = 0.0
    """After how many idle days trust and the like are half way back to their start; 0: never."""
    recall_cache_bytes: Annotated[int, Field(ge=0)] = 512 * 1024 * 1024
    """How much memory the features of recently searched users may take."""
    embedder: Literal["static", "openai", "client"] = "static"
    """What makes vectors: `static` (the packaged table), `openai` (an endpoint) or `client`."""
    embedder_url: str | None = None
    """Of the endpoint's API, with its version, for the `openai` embedder."""
    embedder_key: SecretStr | None = None
    """The endpoint's key, if it asks for one."""
    embedder_model: str | None = None
    """The endpoint's model; for the `client` embedder what the callers say they use."""
    embedder_dimension: Annotated[int, Field(ge=1, le=8192)] | None = None
    """Numbers in a vector of the `openai` or `client` embedder."""
    extractor: Literal["embedded", "openai"] = "embedded"
    """What reads facts out of what users say: `embedded` (rules) or `openai` (an endpoint)."""
    extractor_workspaces: tuple[str, ...] = ()
    """Whose text may be sent to the endpoint; the others keep the `embedded` extractor."""
    extractor_url: str | None = None
    """Of the endpoint's API, with its version, for the `openai` extractor."""
    extractor_key: SecretStr | None = None
    """The endpoint's key, if it asks for one."""
    extractor_model: str | None = None
    """The endpoint's model."""
    extractor_timeout_seconds: Seconds = 60.0
    """How long the endpoint may take for one try of one request."""
    extractor_retries: Annotated[int, Field(ge=0, le=10)] = 1
    """How often a request that failed for a passing reason is sent again at once."""
    job_attempts: Annotated[int, Field(ge=1, le=100)] = 5
    """How often a job is tried before it has failed."""
    job_retry_seconds: Annotated[float, Field(ge=0, le=300)] = 2.0
    """At most so long a job waits after its first attempt; twice as long after each further one."""
    reindex: bool = False
    """Compute every vector anew at this start, and accept another embedder."""
    log_level: str = "INFO"
    """DEBUG, INFO, WARNING or ERROR."""
    log_format: Literal["auto", "json", "console"] = "auto"
    """`json`, one object a line; `console`, for people; `auto`: for people on a terminal."""
    address: str | None = None
    """Where the commands find the running server, `host:port`; else that of these settings."""
    api_key: SecretStr | None = None
    """The bearer token that the commands send; else the only one of `api_keys`, if there is one."""

    @field_validator("database_url")
    @classmethod
    def _postgresql(cls, value: SecretStr | None) -> SecretStr | None:
        if value is None:
            return None
        if not value.get_secret_value().startswith(("postgresql://", "postgres://")):
            raise ValueError("must begin with postgresql://")
        if not _is_in_parts(value.get_secret_value()):
            # Else a part of the password would be taken, and shown, for the host.
            raise ValueError(
                "must be postgresql://role:password@host:port/database, with whatever is not a"
                " letter or a digit in the password percent-encoded, as @ is %40"
            )
        return value

    @field_validator("qdrant_url")
    @classmethod
    def _bare_address(cls, value: str | None) -> str | None:
        if value is not None:
            url = urlsplit(value)
            if (
                url.scheme not in {"http", "https"}
                or not url.hostname
                or url.path not in {"", "/"}
                or "@" in url.netloc
            ):
                raise ValueError("must be http://host:port or https://host:port")
        return value

    @field_validator("otel_endpoint")
    @classmethod
    def _collector(cls, value: str | None) -> str | None:
        if value is not None and not value.startswith(("http://", "https://")):
            raise ValueError("must be http://host:port or https://host:port")
        return value

    @field_validator("log_level")
    @classmethod
    def _known_level(cls, value: str) -> str:
        if value.upper() not in {"DEBUG", "INFO", "WARNING", "ERROR"}:
            raise ValueError("must be DEBUG, INFO, WARNING or ERROR")
        return value.upper()

    @field_validator("api_keys")
    @classmethod
    def _long_keys(cls, value: dict[str, SecretStr]) -> dict[str, SecretStr]:
        for workspace, secret in value.items():
            if len(secret.get_secret_value()) < 16:
                raise ValueError(f"the key of workspace {workspace!r} has less than 16 characters")
        return value

    @field_validator("api_keys")
    @classmethod
    def _one_workspace_a_key(cls, value: dict[str, SecretStr]) -> dict[str, SecretStr]:
        holders: dict[str, str] = {}
        for workspace, secret in value.items():
            first = holders.setdefault(secret.get_secret_value(), workspace)
            if first != workspace:
                raise ValueError(f"the workspaces {first!r} and {workspace!r} have the same key")
        return value

    @model_validator(mode="after")
    def _complete_embedder(self) -> Settings:
        missing = [name for name in _NEEDED_BY_EMBEDDER[self.embedder] if not getattr(self, name)]
        if missing:
            names = " and ".join(f"REVERIE_{name.upper()}" for name in missing)
            raise ValueError(f"the {self.embedder} embedder needs {names}")
        return self

    @model_validator(mode="after")
    def _complete_extractor(self) -> Settings:
        missing = [name for name in _NEEDED_BY_EXTRACTOR[self.extractor] if not getattr(self, name)]
        if missing:
            names = " and ".join(f"REVERIE_{name.upper()}" for name in missing)
            raise ValueError(f"the {self.extractor} extractor needs {names}")
        return self

    @model_validator(mode="after")
    def _spell_out_insecurity(self) -> Settings:
        if not self.on_loopback and not self.insecure:
            raise ValueError(
                f"host {self.host} is beyond loopback, where calls travel without TLS;"
                " pass --insecure (REVERIE_INSECURE=true) if that is what you want"
            )
        if self.metrics and not _is_loopback(self.metrics_host) and not self.insecure:
            raise ValueError(
                f"metrics_host {self.metrics_host} is beyond loopback, where anybody may read the"
                " metrics; pass --insecure (REVERIE_INSECURE=true) if that is what you want"
            )
        return self

    @property
    def index_is_shared(self) -> bool:
        """Whether several servers on one database have one index, and so may serve together."""
        return self.database_url is not None and self.qdrant_url is not None

    @property
    def spool_place(self) -> Path | None:
        """Where what is on its way lies; None: where the system keeps such files."""
        # A server that shares its index has no folder of its own.
        return self.spool_folder or (None if self.index_is_shared else self.data_folder)

    @property
    def on_loopback(self) -> bool:
        return _is_loopback(self.host)

    def secrets(self) -> list[str]:
        """All that nobody but their owners may see, for what has to hide them."""
        found = [value for _, value in self if isinstance(value, SecretStr)]
        secrets = [each.get_secret_value() for each in (*found, *self.api_keys.values())]
        if self.database_url is not None:
            password = urlsplit(self.database_url.get_secret_value()).password or ""
            secrets += [password, unquote(password)]
        return [each for each in secrets if each]

    def at(self, port: int) -> str:
        """A port of ``host``, as ``host:port``; an IPv6 address stands in brackets."""
        return joined(self.host, port)

    @property
    def data_place(self) -> str:
        """Where the data is, for people: a folder, or a database without user and password."""
        if self.database_url is None:
            return str(self.data_folder.resolve())
        url = urlsplit(self.database_url.get_secret_value())
        host = url.netloc.rpartition("@")[2] or "localhost"
        return f"postgresql://{host}{url.path}"

    def near(self, port: int) -> str:
        """Where a client on this machine finds what listens at a port of ``host``."""
        everywhere = {"0.0.0.0": "127.0.0.1", "::": "::1", "[::]": "::1"}  # noqa: S104
        return joined(everywhere.get(self.host, self.host), port)

    @property
    def server_address(self) -> str:
        """Where the commands find the server, ``host:port``."""
        return self.near(self.port) if self.address is None else self.address

    @property
    def client_key(self) -> str | None:
        """The bearer token that a client of the server sends."""
        if self.api_key is not None:
            return self.api_key.get_secret_value()
        if len(self.api_keys) == 1:
            return next(iter(self.api_keys.values())).get_secret_value()
        return None

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - the base class calls by name
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        sources: tuple[PydanticBaseSettingsSource, ...] = (init_settings, env_settings)
        if folder := os.environ.get(SECRETS_FOLDER):
            if not Path(folder).is_dir():
                raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), folder)
            sources = (*sources, SecretsSettingsSource(settings_cls, folder))
        if file := os.environ.get(SETTINGS_FILE):
            sources = (*sources, TomlConfigSettingsSource(settings_cls, Path(file)))
        return sources


def _is_in_parts(url: str) -> bool:
    """Whether an URL's password is where it can be told from the rest."""
    try:
        parts = urlsplit(url)
    except ValueError:  # it quotes what it does not take
        return False
    has_role = "@" in parts.netloc
    is_cut = bool(parts.netloc) and not has_role and "@" in parts.path + parts.query
    return parts.netloc.count("@") <= 1 and not parts.fragment and not is_cut


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def known_variables() -> list[str]:
    """The names of all settings in the environment."""
    return [
        SETTINGS_FILE,
        SECRETS_FOLDER,
        *(f"{_PREFIX}{name.upper()}" for name in Settings.model_fields),
    ]


def unknown_variables() -> list[str]:
    """Variables of the environment that are named like settings and are none: nobody reads them."""
    known = set(known_variables())
    return sorted(
        name
        for name in os.environ
        if name.upper().startswith(_PREFIX)
        and not name.upper().startswith(_OF_TESTS)
        and name.upper() not in known
    )


def joined(host: str, port: int) -> str:
    """``host:port``; an IPv6 address stands in brackets."""
    bare = host.strip("[]")
    return f"[{bare}]:{port}" if ":" in bare else f"{bare}:{port}"
