"""Secrets are hidden wherever a text of ours goes, in every form they take."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from lake import redaction
from lake.catalog import Lake
from lake.catalogue_address import address
from lake.errors import LakeError, UsageError
from lake.redaction import redact, redact_known, scrub
from lake.settings import Settings


@pytest.fixture(autouse=True)
def _nothing_learned(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(redaction, "_learned", set())


@pytest.mark.parametrize(
    ("given", "shown", "password"),
    [
        ("sqlite:/data/catalog.sqlite", "sqlite:/data/catalog.sqlite", ""),
        ("postgres:dbname=lake host=db", "postgres:dbname=lake host=db", ""),
        ("postgres:dbname=lake password=s3same", "postgres:dbname=lake", "s3same"),
        ("postgres:password='it\\'s a \\\\word' dbname = lake", "postgres:dbname=lake", "it's a \\word"),
        ("postgres:host='/var/run/my db'", "postgres:host='/var/run/my db'", ""),
        ("postgres:postgresql://me:s%40me@db:5433/lake?sslmode=require",
         "postgres:host=db port=5433 user=me dbname=lake sslmode=require", "s@me"),
        ("postgres://me@/lake?host=/run/pg&password=word", "postgres:host=/run/pg user=me dbname=lake", "word"),
    ],
)  # fmt: skip
def test_the_password_is_taken_out_of_the_address(given: str, shown: str, password: str) -> None:
    assert address(given) == (shown, password)


@pytest.mark.parametrize("given", ["postgres:host=db password=s3same me", "postgres://me:s3s@me:x@db:port/lake"])
def test_an_address_that_cannot_be_read_is_not_quoted(given: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError) as caught:
        Settings.load(home=tmp_path, catalog=given)
    assert "s3s" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "hidden"),
    [
        ("host=db password=s3same user=x", "host=db password=*** user=x"),
        ("host=db PASSWORD = 'it\\'s me', port=1", "host=db PASSWORD = ***, port=1"),
        ("Cannot read https://me:s3same@host/x.jsonl", "Cannot read https://me:***@host/x.jsonl"),
        ("postgresql://me:s%40@db/lake", "postgresql://me:***@db/lake"),
        ("hf://org/name and 12:30 a@b", "hf://org/name and 12:30 a@b"),
    ],
)
def test_what_stands_in_the_place_of_a_password_is_hidden(text: str, hidden: str) -> None:
    assert redact(text) == hidden


def test_known_secrets_are_hidden_in_every_form(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    secret = 'it\'s "a" se\\cret/with@signs'
    for name in ("AWS_SECRET_ACCESS_KEY", "ODA_JUDGE_KEY", "HF_TOKEN"):
        monkeypatch.setenv(name, secret)
        for form in (
            secret,
            json.dumps(secret),
            "it%27s%20%22a%22%20se%5Ccret%2Fwith%40signs",
            "it''s \"a\" se\\cret/with@signs",
        ):
            assert "cret" not in redact_known(f"before {form} after"), name
        monkeypatch.delenv(name)
    (tmp_path / "token").write_text("hf_markerofthecache\n")
    monkeypatch.setenv("HF_TOKEN_PATH", str(tmp_path / "token"))
    assert redact_known("token hf_markerofthecache.") == "token ***."
    assert redact_known("short ones are words") == "short ones are words"


def test_errors_hide_what_they_are_told_and_exceptions_are_scrubbed(tmp_path: Path) -> None:
    Settings.load(home=tmp_path, catalog="postgres:host=db password=s3samestreet")
    error = LakeError("failed with s3samestreet", hint="try password='x y'")
    assert error.as_dict() == {"error": "LakeError", "message": "failed with ***", "hint": "try password=***"}
    inner, outer = ValueError("inner s3samestreet", 7), RuntimeError("outer")
    outer.__cause__ = inner
    scrub(outer)
    assert inner.args == ("inner ***", 7)


def test_a_password_that_is_also_a_name_is_no_secret_to_look_for(tmp_path: Path) -> None:
    Settings.load(home=tmp_path, catalog="postgres:user=postgres password=postgres")
    assert redact("postgres: password=postgres") == "postgres: password=***"


def test_messages_of_snapshots_hold_no_secrets(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_TOKEN", "hf_marker0123456789")
    lake.transact(
        lambda connection: connection.execute("create table mine (i int)"),
        message="read https://me:word@host with hf_marker0123456789",
        extra={"token": "hf_marker0123456789"},
    )
    row = lake.rows("select commit_message, commit_extra_info from lake.snapshots() order by snapshot_id desc limit 1")
    assert row == [("read https://me:***@host with ***", '{"token": "***"}')]
