"""Settings: explicit arguments, then `ODA_*` variables, then `oda.toml` in the home, then defaults."""

from __future__ import annotations

import difflib
import os
import tomllib
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, PrivateAttr, ValidationError, field_validator

from lake.catalogue_address import Address, address
from lake.errors import UnknownNameError, UsageError
from lake.kinds import Form
from lake.redaction import learn
from lake.values import COUNT, GPU, MEMORY, MODEL, PATH, PROCESSES, RESOURCE, TEXT

DUCKDB_VERSION = "1.5.5"
"""The DuckDB version whose extension packages are pinned; the only place that names it in code."""

CATALOG = Form("a catalogue: sqlite:PATH or postgres:dbname=…", 4096, r"(sqlite|postgres):.*\S.*")
FILES = Form("a folder or s3://bucket/…", 4096, r"(?!\w+://).+|(s3|gs|gcs|r2)://.+")
ENDPOINT = Form("a server such as localhost:9000 or http://localhost:9000", 1000, r"(https?://)?[A-Za-z0-9.:\[\]_/-]+")


class Settings(BaseModel):
    """Where the lake is and what it may use.

    Every field is also a variable `ODA_<FIELD>`, where an empty one counts for nothing, and but for `home` a key of
    `<home>/oda.toml`, whose relative paths start from the home.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    home: Annotated[Path, PATH] = Field(default=Path("data"), description="folder of the lake")
    catalog: Annotated[str | None, CATALOG] = Field(
        default=None,
        description="DuckLake catalogue: sqlite:PATH or postgres:dbname=… (default: SQLite in the home)",
    )
    data_path: Annotated[str | None, FILES] = Field(
        default=None, description="where Parquet files go: a folder or s3://… (default: in the home)"
    )
    memory_limit: Annotated[str, MEMORY] = Field(
        default="4GB",
        description="memory DuckDB may use before it spills; a command takes 300 MB more, and 150 MB for each core",
    )
    unpack_ratio: Annotated[int, COUNT] = Field(
        default=200, description="how many times its size a compressed source may grow when it is read"
    )
    follow_links: bool = Field(
        default=False, description="read what symbolic links within a folder of sources lead to outside of it"
    )
    threads: Annotated[int, PROCESSES] = Field(default_factory=lambda: os.cpu_count() or 1, description="cores to use")
    inbox: Annotated[Path | None, PATH] = Field(
        default=None, description="folder the sensor watches for new datasets (default: <home>/inbox)"
    )
    scorers: tuple[Annotated[Path, PATH], ...] = Field(
        default=(), description="folders of further axes, beside <home>/scorers; separated by ':' in the variable"
    )
    models: tuple[Annotated[Path, PATH], ...] = Field(
        default=(),
        description="folders of further facts of models, beside <home>/models; separated by ':' in the variable",
    )
    gpus: tuple[Annotated[int, GPU], ...] = Field(
        default=(),
        description="numbers of the GPUs that run models; separated by ',' in the variable (default: one engine on "
        "what is visible)",
    )
    tensor_parallel: Annotated[int, PROCESSES] = Field(
        default=1, description="GPUs that hold one model together; each further group of them runs an engine more"
    )
    embedding_model: Annotated[str, MODEL] = Field(
        default="sentence-transformers/all-MiniLM-L6-v2",
        description="model of the relation embeddings: a sentence-transformers name or folder",
    )
    judge: Annotated[str, RESOURCE] = Field(
        default="gpt-4.1-nano", description="model that judges, where an axis names none: see oda models"
    )
    plots: bool = Field(default=True, description="whether Dagster's assets draw plots into their metadata")
    author: Annotated[str, TEXT] = Field(default="oda", description="author written into snapshots")
    s3_endpoint: Annotated[str | None, ENDPOINT] = Field(
        default=None, description="S3 endpoint, for servers other than AWS"
    )
    s3_region: Annotated[str | None, TEXT] = Field(default=None, description="S3 region")

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
        """Where Parquet files lie, with a trailing slash: a URL or a folder's real path; paths are compared by text."""
        given = self.data_path or str(self.home / "files")
        return (given if "://" in given else os.path.realpath(given)).rstrip("/") + "/"

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

    @property
    def model_folders(self) -> tuple[Path, ...]:
        """Folders whose files are facts of the user's models; that of the home need not exist.

        Raises UsageError for a folder of the setting that does not exist.
        """
        for folder in self.models:
            if not folder.is_dir():
                raise UsageError(
                    f"The folder of models {folder} does not exist.",
                    hint=f"Make it, or correct ODA_MODELS or `models` in {self.home / 'oda.toml'}.",
                )
        own = self.home / "models"
        return ((own,) if own.is_dir() else ()) + self.models

    @property
    def foreign_model_folders(self) -> tuple[Path, ...]:
        """Those of the folders that came with the lake."""
        named = self.models if "models" in self._from_file else ()
        return (self.home / "models", *named)

    def model_post_init(self, context: Any, /) -> None:  # noqa: ARG002 - pydantic's signature
        """Remember the password as something never to be shown; one that the address itself holds is none."""
        shown, password = self.catalog_address
        if password not in shown:
            learn(password)

    @field_validator("scorers", "models", mode="before")
    @classmethod
    def _several(cls, given: Any) -> Any:
        """One folder, a list of them, or several in one text."""
        if isinstance(given, str) and given.strip(os.pathsep):
            return tuple(part for part in given.split(os.pathsep) if part)
        return (given,) if isinstance(given, str) else given

    @field_validator("gpus", mode="before")
    @classmethod
    def _numbers(cls, given: Any) -> Any:
        """One number, a list of them, or several in one text."""
        if isinstance(given, str):
            return tuple(part.strip() for part in given.split(",") if part.strip())
        return (given,) if isinstance(given, int) else given

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
        _check_variables(tuple(cls.model_fields))
        home = Path(given.get("home") or environment.get("home") or cls.model_fields["home"].default)
        stored = _read_file(home / "oda.toml")
        merged = {**stored, **environment, **given, "home": home}
        try:
            settings = cls(**merged)
        except ValidationError as error:
            first = error.errors()[0]
            name = str(first["loc"][0])
            if first["type"] == "extra_forbidden":
                raise UnknownNameError.of(
                    "setting", name, cls.model_fields, hint=f"It stands in {home / 'oda.toml'}."
                ) from None
            raise UsageError(
                f"Setting {name!r} is wrong: {first['msg'].removeprefix('Value error, ')}.",
                hint=f"Set it with ODA_{name.upper()} or in {home / 'oda.toml'}.",
            ) from None
        _check_home(settings.home)
        settings._from_file = frozenset(stored) - environment.keys() - given.keys()
        return settings


def _check_home(home: Path) -> None:
    """Refuse a home that is no folder and cannot become one."""
    standing = next((place for place in (home.absolute(), *home.absolute().parents) if os.path.lexists(place)), home)
    if not standing.is_dir():
        what = "it is" if standing == home.absolute() else f"{standing} is"
        raise UsageError(
            f"The home {home} is no folder: {what} a file.", hint="Name another one with --home or ODA_HOME."
        )


def _check_variables(fields: tuple[str, ...]) -> None:
    """Refuse a variable that is nearly the name of a setting; others may be meant for other programs."""
    known = [f"ODA_{field.upper()}" for field in fields]
    for name in os.environ:
        if name.startswith("ODA_") and name not in known:
            close = difflib.get_close_matches(name, known, n=1, cutoff=0.85)
            if close:
                raise UsageError(f"The variable {name} is no setting.", hint=f"Did you mean {close[0]}?")


def _read_file(path: Path) -> dict[str, Any]:
    """The settings of a file, its relative paths made to start from its folder."""
    if not path.is_file():
        return {}
    try:
        found = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as error:
        raise UsageError(f"Cannot read the settings in {path}: {error}") from None
    if "home" in found:
        raise UsageError(
            f"{path} cannot say where the home is: it is the folder the file lies in.", hint="Use ODA_HOME."
        )
    return {name: _from_folder(name, value, path.parent) for name, value in found.items()}


def _from_folder(name: str, value: Any, folder: Path) -> Any:
    if isinstance(value, list):
        return [_from_folder(name, each, folder) for each in value]
    if not isinstance(value, str) or not value:
        return value
    if name == "catalog" and value.startswith("sqlite:"):
        return f"sqlite:{folder / Path(value.removeprefix('sqlite:')).expanduser()}"
    if name in ("scorers", "models"):
        return os.pathsep.join(str(folder / Path(part).expanduser()) for part in value.split(os.pathsep) if part)
    if name == "inbox" or (name == "data_path" and "://" not in value):
        return str(folder / Path(value).expanduser())
    return value
