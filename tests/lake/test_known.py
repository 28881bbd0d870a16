"""What is remembered of files is what their rows say, whatever happened to the lake in between."""

from __future__ import annotations

import random
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

from lake.catalog import Connection, Lake
from lake.known import known
from lake.settings import Settings

NAMES = ["a", "b", "null", "x=y"]


def lay_down(lake: Lake, names: list[str]) -> None:
    def work(connection: Connection) -> None:
        for number, name in enumerate(names, 1):
            connection.execute(
                "insert into datasets (dataset, dataset_no, kind) values (?, ?, 'train')", [name, number]
            )

    lake.transact(work, message="datasets")


def add(lake: Lake, dataset: str, rows: int, *, first: int = 0, axis: str = "hdd", version: str = "1") -> None:
    lake.transact(
        lambda connection: connection.execute(
            "insert into scores by name select ? + range as sample_id, ? as dataset, ? as axis, ? as scorer_version, "
            "range as value, 'ok' as status from range(?)",
            [first, dataset, axis, version, rows],
        ),
        message="score",
    )


def change(lake: Lake, statement: str, *values: Any) -> None:
    lake.transact(lambda connection: connection.execute(statement, list(values)), message="change")


def direct(lake: Lake, names: list[str]) -> dict[str, Any]:
    rows = lake.rows(
        "select dataset, list((axis, scorer_version, n) order by axis, scorer_version) from (select dataset, axis, "
        "scorer_version, count(*) as n from scores group by all) group by dataset"
    )
    found = {dataset: [list(each) for each in counts] for dataset, counts in rows}
    return {name: found.get(name, []) for name in names}


def counts(lake: Lake, names: list[str], asked: list[str] | None = None) -> dict[str, Any]:
    """What is known of the scores; `asked` gets the datasets that had to be counted."""

    def find(wanted: list[str]) -> dict[str, Any]:
        if asked is not None:
            asked.extend(wanted)
        return direct(lake, wanted)

    return known(lake, lake.connection, "counts", tables=("scores",), datasets=names, find=find)


def test_only_what_changed_is_found_again(lake: Lake) -> None:
    lay_down(lake, NAMES)
    for name in NAMES:
        add(lake, name, 3)
    asked: list[str] = []
    assert counts(lake, ["a", "x=y"], asked) == {"a": [["hdd", "1", 3]], "x=y": [["hdd", "1", 3]]}
    assert asked == ["a", "x=y"]
    assert counts(lake, NAMES, asked)["null"] == [["hdd", "1", 3]]
    assert asked == ["a", "x=y", "b", "null"]
    add(lake, "a", 2, axis="mtld")
    change(lake, "delete from scores where dataset = 'null' and sample_id = 1")
    asked.clear()
    assert counts(lake, NAMES, asked) == {
        "a": [["hdd", "1", 3], ["mtld", "1", 2]],
        "b": [["hdd", "1", 3]],
        "null": [["hdd", "1", 2]],
        "x=y": [["hdd", "1", 3]],
    }
    assert sorted(asked) == ["a", "null"]
    assert counts(lake, [], asked) == {}


def test_new_columns_and_new_datasets_are_noticed(lake: Lake) -> None:
    lay_down(lake, NAMES)
    add(lake, "a", 1)
    asked: list[str] = []
    counts(lake, NAMES, asked)
    change(lake, "alter table scores add column more double")
    counts(lake, NAMES, asked)
    assert asked == NAMES * 2


def test_a_lost_or_broken_memory_is_none(lake: Lake) -> None:
    lay_down(lake, ["a"])
    add(lake, "a", 3)
    for content in ("", "[]", '{"a": 1}', '{"a": ["other", []]}'):
        counts(lake, ["a"])
        (lake.settings.scratch / "known" / "counts.json").write_text(content)
        assert counts(lake, ["a"]) == {"a": [["hdd", "1", 3]]}
    shutil.rmtree(lake.settings.scratch / "known")
    assert counts(lake, ["a"]) == {"a": [["hdd", "1", 3]]}


def test_what_changes_while_it_is_looked_at_is_not_remembered(lake: Lake, settings: Settings) -> None:
    lay_down(lake, ["a", "b"])
    add(lake, "a", 3)

    def overtaken(wanted: list[str]) -> dict[str, Any]:
        found = direct(lake, wanted)
        with Lake.open(settings) as other:
            add(other, "a", 1, first=3)
        return found

    assert known(lake, lake.connection, "counts", tables=("scores",), datasets=["a", "b"], find=overtaken)["a"] == [
        ["hdd", "1", 3]
    ]
    asked: list[str] = []
    assert counts(lake, ["a", "b"], asked) == {"a": [["hdd", "1", 4]], "b": []}
    assert asked == ["a"]


def test_who_only_reads_remembers_nothing(lake: Lake, settings: Settings) -> None:
    lay_down(lake, ["a"])
    with Lake.open(settings, read_only=True) as reading:
        assert counts(reading, ["a"]) == {"a": []}
    assert not (settings.scratch / "known").exists()


def test_it_is_right_after_any_history(settings: Settings, lake: Lake) -> None:
    """Rows come, go and change version, files are merged, and the catalogue is put back as by another host."""
    lay_down(lake, NAMES)
    for each in NAMES:
        add(lake, each, 6)
    chance = random.Random(3)
    kept: list[Path] = []

    def put_back() -> None:
        lake.close()
        shutil.copy(kept[-1], settings.catalog_file)
        for beside in ("-wal", "-shm"):
            settings.catalog_file.with_name(settings.catalog_file.name + beside).unlink(missing_ok=True)

    def keep() -> None:
        lake.close()
        kept.append(Path(shutil.copy(settings.catalog_file, settings.home / f"kept-{len(kept)}")))

    def name() -> str:
        return chance.choice(NAMES)

    steps: list[Callable[[], Any]] = [
        lambda: add(lake, name(), chance.randrange(1, 9), first=chance.randrange(100)),
        lambda: add(lake, name(), 2, first=chance.randrange(100), axis="mtld", version=chance.choice("12")),
        lambda: change(lake, "delete from scores where dataset = ? and sample_id % 3 = ?", name(), chance.randrange(3)),
        lambda: change(lake, "delete from scores where dataset = ?", name()),
        lambda: change(lake, "update scores set scorer_version = '2' where dataset = ? and sample_id % 2 = 0", name()),
    ]
    seen = set()
    for number in range(24):
        if number % 8 == 1:
            keep()
            lake = Lake.open(settings)
        elif number % 8 == 6:
            put_back()
            lake = Lake.open(settings)
        elif number == 12:
            lake.compact()
        else:
            chance.choice(steps)()
        found = counts(lake, NAMES)
        assert found == direct(lake, NAMES), number
        seen.add(str(found))
    lake.close()
    assert len(seen) >= 12
