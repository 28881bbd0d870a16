"""Where the members of a slice are today: by content, since a replaced dataset numbers its samples anew."""

from __future__ import annotations

from dataclasses import dataclass

from lake.catalog import Connection, Lake
from lake.errors import LakeError
from lake.migrations import applied_version
from lake.relations import keep
from lake.transactions import reading

EXAMPLES = 5

_SINCE = 5
"""The migration that gave members their contents."""


@dataclass(frozen=True)
class Whereabouts:
    """What became of the members of a slice.

    - moved: members whose content has another sample_id today, with examples (sample_id then, today).
    - lost: members whose content is no longer in their dataset, with examples of sample_ids then.
    - unknown: those of the lost whose content was never recorded.
    """

    members: int
    moved: int = 0
    lost: int = 0
    unknown: int = 0
    moved_examples: tuple[tuple[int, int], ...] = ()
    lost_examples: tuple[int, ...] = ()

    def sentences(self) -> list[str]:
        """What to tell of it, empty where every member is where it was."""
        told = []
        if self.moved:
            first = ", ".join(f"{then} is now {now}" for then, now in self.moved_examples)
            told.append(f"{self.moved:,} of {self.members:,} members have another sample_id today: {first}.")
        if self.lost:
            first = ", ".join(map(str, self.lost_examples))
            told.append(f"{self.lost:,} of {self.members:,} members are no longer in the lake: {first}.")
        if self.unknown:
            told.append(
                f"Of {self.unknown:,} it is not known what they were: an older ODA Lake made the slice, "
                "and its snapshot had expired."
            )
        return told


def require_contents(connection: Connection) -> None:
    """Raise LakeError for a lake, open for reading, that does not hold the contents of members yet."""
    version = applied_version(connection)
    if version < _SINCE:
        raise LakeError(
            f"This lake has schema version {version}; what slices hold is known from version {_SINCE} on.",
            hint="Bring it up to date with: oda init",
        )


def find_members(connection: Connection, *, table: str) -> None:
    """Make the temporary table `table` with the rows of the view `slice_samples`.

    It is the relation itself that runs, so a temporary table `slice_members` takes the place of the stored one, and
    snapshots from before the view will do.
    """
    keep(connection, table, "slice_samples")


def whereabouts(lake: Lake, name: str) -> Whereabouts:
    """What became of the members of the slice of that name."""
    require_contents(lake.connection)
    with reading(lake.connection):
        keep(lake.connection, "places", "member_places", slice=name)
        members, elsewhere, absent, unknown = lake.rows(
            "select count(*), count(*) filter (sample_id <> member_id), count(*) filter (sample_id is null), "
            "count(*) filter (sample_id is null and not known) from places"
        )[0]
        moved = lake.rows(
            f"select member_id, sample_id from places where sample_id <> member_id order by all limit {EXAMPLES}"
        )
        lost = lake.rows(f"select member_id from places where sample_id is null order by all limit {EXAMPLES}")
        lake.rows("drop table temp.places")
    return Whereabouts(
        members=members,
        moved=elsewhere,
        lost=absent,
        unknown=unknown,
        moved_examples=tuple((int(then), int(now)) for then, now in moved),
        lost_examples=tuple(int(row[0]) for row in lost),
    )
