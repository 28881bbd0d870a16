"""What assets are given: the lake of the settings."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import dagster as dg

from lake.catalog import Lake
from lake.errors import ConflictError, OdaError
from lake.failures import translated_errors
from lake.redaction import scrub
from lake.settings import Settings


class LakeResource(dg.ConfigurableResource):  # type: ignore[type-arg]
    """Opens the lake that `ODA_HOME` and the other settings name, once per step.

    It has no setting of its own: partitions are those of one lake, and no run may write another under their names.
    """

    def settings(self) -> Settings:
        """The settings of the lake; raises UsageError for a wrong one."""
        return Settings.load()

    @contextmanager
    def open(
        self, *, read_only: bool = False, snapshot: int | None = None, marks: Mapping[str, str] | None = None
    ) -> Iterator[Lake]:
        """The lake, created where there is none; a mistake of the user fails the step with its hint, no traceback.

        - marks: what its commits say besides, see `marks_of`.
        """
        with explained():
            settings = self.settings()
            reading = read_only or snapshot is not None
            with (
                Lake.open(settings, create=not reading, read_only=reading, snapshot=snapshot) as lake,
                translated_errors(settings),
            ):
                lake.marks.update(marks or {})
                yield lake


def marks_of(instance: dg.DagsterInstance, run_id: str = "") -> dict[str, str]:
    """What commits say that were made by a run of this Dagster: whatever else is in the lake, others put there."""
    own: str = instance.run_storage.get_run_storage_id()  # type: ignore[attr-defined]  # of every storage in SQL
    return {"dagster": own} | ({"run": run_id} if run_id else {})


@contextmanager
def explained() -> Iterator[None]:
    """Turn an OdaError into a failure that says what and how to go on; only lost races are worth a retry."""
    try:
        yield
    except OdaError as error:
        details = {key: str(value) for key, value in error.as_dict().items() if value not in (None, "")}
        raise dg.Failure(
            description=str(error), metadata=details, allow_retries=isinstance(error, ConflictError)
        ) from None
    except Exception as error:
        scrub(error)
        raise
