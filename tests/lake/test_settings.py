"""Settings from arguments, variables and oda.toml: what is wrong is refused by name, wherever it stands."""

from __future__ import annotations

from pathlib import Path

import pytest

from lake.errors import UnknownNameError, UsageError
from lake.settings import Settings


@pytest.fixture(autouse=True)
def _clean(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in Settings.model_fields:
        monkeypatch.delenv(f"ODA_{name.upper()}", raising=False)


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("threads", "0", "'0' is not a whole number from 1 to 1,024"),
        ("threads", "-1", "'-1' is not a whole number from 1 to 1,024"),
        ("threads", "999999999999", "is not a whole number from 1 to 1,024"),
        ("threads", "many", "'many' is not a whole number"),
        ("memory_limit", "plenty", "'plenty' is not an amount of memory such as 4GB"),
        ("memory_limit", "-1GB", "is not an amount of memory"),
        ("memory_limit", "1B", "is not an amount of memory such as 4GB, from 16MB"),
        ("memory_limit", "999999999TB", "is not an amount of memory"),
        ("memory_limit", "4", "is not an amount of memory"),
        ("catalog", "mysql:x", "'mysql:x' is not a catalogue: sqlite:PATH or postgres:dbname=…"),
        ("catalog", "sqlite:", "is not a catalogue"),
        ("data_path", "ftp://x/y", "'ftp://x/y' is not a folder or s3://bucket/…"),
        ("s3_endpoint", "http://a b", "is not a server"),
        ("embedding_model", " ", "is not an embedding model"),
        ("author", " ", "is not a text"),
        ("inbox", " ", "is not a path"),
    ],
)
def test_a_wrong_variable_is_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str, value: str, said: str
) -> None:
    monkeypatch.setenv(f"ODA_{name.upper()}", value)
    with pytest.raises(UsageError) as raised:
        Settings.load(home=tmp_path)
    assert f"Setting {name!r} is wrong: " in raised.value.message
    assert said in raised.value.message
    assert f"ODA_{name.upper()}" in raised.value.hint


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("threads = 0", "0 is not a whole number from 1 to 1,024"),
        ("threads = true", "True is not a whole number"),
        ("threads = 2.5", "2.5 is not a whole number"),
        ("threads = inf", "inf is not a whole number"),
        ("memory_limit = 4", "4 is not an amount of memory"),
        ("memory_limit = ''", "'' is not an amount of memory"),
        ("data_path = ''", "'' is not a folder or s3://bucket/…"),
        ("scorers = ''", "'' is not a path"),
        ("inbox = []", "[] is not a path"),
        ("home = 'elsewhere'", "cannot say where the home is"),
        ("threads = ", "Cannot read the settings"),
    ],
)
def test_a_wrong_line_of_the_file_is_named(tmp_path: Path, line: str, said: str) -> None:
    (tmp_path / "oda.toml").write_text(line)
    with pytest.raises(UsageError) as raised:
        Settings.load(home=tmp_path)
    assert said in raised.value.message


def test_an_unknown_key_and_a_misspelt_variable_are_not_ignored(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "oda.toml").write_text("thread = 2")
    with pytest.raises(UnknownNameError, match=r"Unknown setting 'thread'\.\nDid you mean threads\?"):
        Settings.load(home=tmp_path)
    (tmp_path / "oda.toml").unlink()
    monkeypatch.setenv("ODA_THRAEDS", "2")
    with pytest.raises(UsageError, match=r"ODA_THRAEDS is no setting\.\nDid you mean ODA_THREADS\?"):
        Settings.load(home=tmp_path)
    monkeypatch.delenv("ODA_THRAEDS")
    monkeypatch.setenv("ODA_SHOP", "another program's")
    Settings.load(home=tmp_path)


def test_relative_paths_of_the_file_start_from_the_home(tmp_path: Path) -> None:
    (tmp_path / "oda.toml").write_text(
        "inbox = 'in'\nscorers = ['mine', '/else']\ndata_path = 'rows'\ncatalog = 'sqlite:lake.db'\nthreads = 3\n"
    )
    found = Settings.load(home=tmp_path)
    assert (found.inbox, found.scorers) == (tmp_path / "in", (tmp_path / "mine", Path("/else")))
    assert (found.files, found.catalog_file) == (f"{tmp_path}/rows/", tmp_path / "lake.db")
    assert (found.threads, found.memory_limit) == (3, "4GB")
    (tmp_path / "oda.toml").write_text("data_path = 's3://bucket/lake'")
    assert Settings.load(home=tmp_path).files == "s3://bucket/lake/"
