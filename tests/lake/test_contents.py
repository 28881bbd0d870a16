"""What models said of contents is given up where no sample and no slice has them, and only when asked."""

from __future__ import annotations

from uuid import UUID

from lake.catalog import Connection, Lake
from lake.contents import KEPT_BY_CONTENT
from lake.settings import Settings

SAMPLE, MEMBER, GONE, BACK = (UUID(int=n) for n in (1, 2, 3, 4))


def lay_down(lake: Lake) -> None:
    def work(connection: Connection) -> None:
        connection.execute(
            "insert into samples by name select 1 as sample_id, 'a' as dataset, ?::uuid as content_id", [SAMPLE]
        )
        connection.execute(
            "insert into samples by name select 2 as sample_id, 'a' as dataset, null::uuid as content_id"
        )
        connection.execute(
            "insert into slice_members by name select 'kept' as slice, 9 as sample_id, ?::uuid as content_id", [MEMBER]
        )
        for content in (SAMPLE, MEMBER, GONE, BACK):
            for signal in ("text@m", "pair@m"):
                given = "select ?::uuid as content_id, ? as signal, '1' as version, 'ok' as status"
                connection.execute(f"insert into rewards by name {given}", [content, signal])

    lake.transact(work, message="fill")


def held(lake: Lake) -> list[int]:
    return [row[0].int for row in lake.rows("select distinct content_id from rewards order by 1")]


def test_relations_of_contents_are_these() -> None:
    assert set(KEPT_BY_CONTENT) == {
        "token_signals", "ratings", "rewards", "gradient_signals", "state_spectra", "judgements"
    }  # fmt: skip


def test_unused_contents_go_when_asked(lake: Lake) -> None:
    lay_down(lake)
    before = lake.snapshot
    assert lake.compact().forgotten == {}
    assert held(lake) == [1, 2, 3, 4]
    assert lake.compact(unused_contents=True, dry_run=True).forgotten == {"rewards": 4}
    assert held(lake) == [1, 2, 3, 4]
    assert lake.compact(unused_contents=True).forgotten == {"rewards": 4}
    assert held(lake) == [1, 2]
    assert lake.compact(unused_contents=True).forgotten == {}
    with Lake.open(lake.settings, snapshot=before) as then:
        assert held(then) == [1, 2, 3, 4]


def test_what_came_back_before_the_commit_stays(lake: Lake, settings: Settings) -> None:
    lay_down(lake)
    transact = lake.transact

    def overtaken(work, **given):
        with Lake.open(settings) as other:
            other.transact(
                lambda c: c.execute(
                    "insert into samples by name select 3 as sample_id, 'a' as dataset, ?::uuid as content_id", [BACK]
                ),
                message="back",
            )
        return transact(work, **given)

    lake.transact = overtaken  # type: ignore[method-assign]
    assert lake.compact(unused_contents=True).forgotten == {"rewards": 2}
    assert held(lake) == [1, 2, 4]
