from __future__ import annotations

import pytest

from lake.sources.card import Card, Config, parse
from lake.sources.description import Description
from lake.sources.survey import matching


def test_licence_tags_parents_title_and_text() -> None:
    card = parse(
        "---\nlicense: mit\npretty_name: Small Sums\ntags: [Mathematics, math, code, 'size:1K', synthetic]\n"
        "source_datasets: [original, extended|gsm8k, acme/another, extended|other-web]\n---\n\nText.\n"
    )
    assert card == Card(
        Description(
            license="mit", domains=["math", "code"], parents=["gsm8k", "acme/another"], card="# Small Sums\n\nText."
        )
    )


@pytest.mark.parametrize(
    ("front", "licence"),
    [
        ("license: other\nlicense_name: llama3", "llama3"),
        ("license: other", "other"),
        ("license: [mit, apache-2.0]", "mit, apache-2.0"),
        ("license: 3", None),
        ("license_name: llama3", None),
    ],
)
def test_licences(front: str, licence: str | None) -> None:
    assert parse(f"---\n{front}\n---\n").description.license == licence


def test_text_without_front_matter_is_the_card() -> None:
    assert parse("# Title\n---\nno: yaml\n---\n") == Card(Description(card="# Title\n---\nno: yaml\n---"))
    assert parse("  \n") == Card(Description())
    assert parse("---\nlicense: mit\n---") == Card(Description(license="mit"))
    assert parse("---\r\nlicense: mit\r\n---\r\nText") == Card(Description(license="mit", card="Text"))


def test_broken_front_matter_is_kept_as_text() -> None:
    assert parse("---\nlicense: [mit\n---\nText") == Card(Description(card="---\nlicense: [mit\n---\nText"))


@pytest.mark.parametrize(
    ("data_files", "expected"),
    [
        ("'*.csv'", ((None, "*.csv"),)),
        ("[a.csv, b.csv]", ((None, "a.csv"), (None, "b.csv"))),
        ("{train: a.csv, test: [b.csv, c.csv]}", (("train", "a.csv"), ("test", "b.csv"), ("test", "c.csv"))),
        ("[{split: train, path: a.csv}, {path: [b.csv]}]", (("train", "a.csv"), (None, "b.csv"))),
        ("7", ()),
        ("[{split: train}, 7]", ()),
    ],
)
def test_forms_of_data_files(data_files: str, expected: tuple[tuple[str | None, str], ...]) -> None:
    card = parse(f"---\nconfigs:\n- config_name: main\n  data_files: {data_files}\n---\n")
    assert card.configs == (Config("main", expected),)


def test_folders_and_defaults_of_configurations() -> None:
    card = parse(
        "---\nconfigs:\n- {config_name: a, data_dir: x/y/, data_files: '*.csv'}\n- {config_name: b, data_dir: z}\n"
        "- {config_name: c, default: true, data_files: c.csv}\n- {data_files: d.csv}\n- 5\n---\n"
    )
    assert card.configs == (
        Config("a", ((None, "x/y/*.csv"),)),
        Config("b", ((None, "z/**"),)),
        Config("c", ((None, "c.csv"),), default=True),
    )


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("*.csv", ["a.csv", "b].csv"]),
        ("**/*.csv", ["a.csv", "b].csv", "x/c.csv", "x/y/d.csv"]),
        ("**", ["a.csv", "b].csv", "x/c.csv", "x/y/d.csv", "x/y/e1.json"]),
        ("x/**", ["x/c.csv", "x/y/d.csv", "x/y/e1.json"]),
        ("./x/?.csv", ["x/c.csv"]),
        ("x/y/e[0-9].json", ["x/y/e1.json"]),
        ("[!b]*.csv", ["a.csv"]),
        ("[]b]].csv", ["b].csv"]),
        ("a.csv", ["a.csv"]),
        ("a?csv", ["a.csv"]),
        ("../a.csv", []),
        ("[z-a]", []),
    ],
)
def test_patterns(pattern: str, expected: list[str]) -> None:
    assert matching(pattern, ["a.csv", "b].csv", "x/c.csv", "x/y/d.csv", "x/y/e1.json"]) == expected
