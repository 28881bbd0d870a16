"""Settings: explicit arguments, then `ODA_*` variables, then `oda.toml` in the home, then defaults."""

from __future__ import annotations

import os
import tomllib
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, PrivateAttr, ValidationError, field_validator

from lake.catalogue_address import Address, address
from lake.errors import UsageError
from lake.redaction import learn

DUCKDB_VERSION = "1.5.5"
"""The DuckDB version whose extension packages are pinned; the only place that names it in code."""


class Settings(BaseModel):
    """Where the lake is and what it may use.

    Every field is also a variable `ODA_<FIELD>` and a key of `<home>/oda.toml`.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    home: Path = Field(default=Path("data"), description="folder of the lake")
    catalog: str | None = Field(
        default=None,
        description="DuckLake catalogue: sqlite:PATH or postgres:dbname=… (default: SQLite in the home)",
    )
    data_path: str | None = Field(
        default=None, description="where Parquet files go: a folder or s3://… (default: in the home)"
    )
    memory_limit: str = Field(
        default="4GB",
        description="memory DuckDB may use before it spills; a command takes 300 MB more, and 150 MB for each core",
    )
    unpack_ratio: int = Field(
        default=200, ge=1, description="how many times its size a compressed source may grow when it is read"
    )
    follow_links: bool = Field(
        default=False, description="read what symbolic links within a folder of sources lead to outside of it"
    )
    threads: int = Field(default_factory=lambda: os.cpu_count() or 1, ge=1, description="cores to use")
    inbox: Path | None = Field(
        default=None, description="folder the sensor watches for new datasets (default: <home>/inbox)"
    )
    scorers: tuple[Path, ...] = Field(
        default=(), description="folders of further axes, beside <home>/scorers; separated by ':' in the variable"
    )
    embedding_model: str = Field(
        default="sentence-transformers/all-MiniLM-L6-v2",
        description="model of the relation embeddings: a sentence-transformers name or folder",
    )
    plots: bool = Field(default=True, description="whether Dagster's assets draw plots into their metadata")
    author: str = Field(default="oda", description="author written into snapshots")
    s3_endpoint: str | None = Field(default=None, description="S3 endpoint, for servers other than AWS")
    s3_region: str | None = Field(default=None, description="S3 region")

    _from_file: frozenset[str] = PrivateAttr(default=frozenset())
    """Settings whose value stands in the lake's own `oda.toml`, which may be somebody else's."""

    @property
    def catalog_uri(self) -> str:
        """The DuckLake catalogue, as written after `ducklake:`."""
        return self.catalog or f"sqlite:{self.home / 'catalog.sqlite'}"

    @property
    def catalog_address(self) -> Address:
        """The catalogue as anybody may see it, and its password."""
        return address(self.catalog_uri)

    @property
    def embedded(self) -> bool:
        """Whether the catalogue is a SQLite file (one machine) and not a server."""
        return self.catalog_uri.startswith("sqlite:")

    @property
    def catalog_file(self) -> Path:
        """The SQLite catalogue's path; only for an embedded lake."""
        return Path(self.catalog_uri.removeprefix("sqlite:"))

    @property
    def files(self) -> str:
        """Where Parquet files lie, with a trailing slash."""
        return (self.data_path or str(self.home / "files")).rstrip("/") + "/"

    @property
    def local_files(self) -> bool:
        """Whether the data path is a folder of this machine."""
        return "://" not in self.files

    @property
    def scratch(self) -> Path:
        """Folder for spilling and staging, on the same disk as the home."""
        return self.home / "scratch"

    @property
    def inbox_path(self) -> Path:
        """The folder the Dagster sensor watches."""
        return self.inbox or self.home / "inbox"

    @property
    def scorer_folders(self) -> tuple[Path, ...]:
        """Folders whose files are axes of the user; that of the home holds trained ones and need not exist.

        Raises UsageError for a folder of the setting that does not exist.
        """
        for folder in self.scorers:
            if not folder.is_dir():
                raise UsageError(
                    f"The folder of scorers {folder} does not exist.",
                    hint=f"Make it, or correct ODA_SCORERS or `scorers` in {self.home / 'oda.toml'}.",
                )
        own = self.home / "scorers"
        return ((own,) if own.is_dir() else ()) + self.scorers

    @property
    def foreign_scorer_folders(self) -> tuple[Path, ...]:
        """Those of the folders that came with the lake; what the user names in the environment is none."""
        named = self.scorers if "scorers" in self._from_file else ()
        return (self.home / "scorers", *named)

    def model_post_init(self, context: Any, /) -> None:  # noqa: ARG002 - pydantic's signature
        """Remember the password as something never to be shown; one that the address itself holds is none."""
        shown, password = self.catalog_address
        if password not in shown:
            learn(password)

    @field_validator("scorers", mode="before")
    @classmethod
    def _several(cls, given: Any) -> Any:
        """One folder, a list of them, or several in one text."""
        if isinstance(given, str):
            return tuple(part for part in given.split(os.pathsep) if part)
        return given

    @classmethod
    def load(cls, **explicit: Any) -> Settings:
        """Merge explicit values, the environment, `<home>/oda.toml` and the defaults.

        Raises UsageError naming the setting and where its bad value came from.
        """
        given = {key: value for key, value in explicit.items() if value is not None}
        environment = {
            field: os.environ[f"ODA_{field.upper()}"]
            for field in cls.model_fields
            if os.environ.get(f"ODA_{field.upper()}")
        }
        home = Path(given.get("home") or environment.get("home") or cls.model_fields["home"].default)
        stored = _read_file(home / "oda.toml")
        merged = {**stored, **environment, **given, "home": home}
        try:
            settings = cls(**merged)
        except ValidationError as error:
            first = error.errors()[0]
            name = ".".join(str(part) for part in first["loc"])
            raise UsageError(
                f"Setting {name!r} is wrong: {first['msg']} (got {first.get('input')!r}).",
                hint=f"Set it with ODA_{name.upper()} or in {home / 'oda.toml'}.",
            ) from None
        settings._from_file = frozenset(stored) - environment.keys() - given.keys()
        return settings


def _read_file(path: Path) -> dict[str, Any]:
    if not path.is_file():
        return {}
    try:
        return tomllib.loads(path.read_text())
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"Cannot read the settings in {path}: {error}") from None
