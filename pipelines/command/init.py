"""`oda init`: make an empty lake, or bring an existing one up to this program's schema."""

from __future__ import annotations

from pipelines.command.session import Session, single
from pipelines.command.terminal import table


@single("init", "oda init  # in ./data, or where ODA_HOME says", "oda init --home /data/lake  # somewhere else")
def app(session: Session) -> None:
    """Create an empty lake, or update the schema of an existing one.

    The lake is a folder: a catalogue, Parquet files, a scratch folder. Running it again changes nothing.
    """
    settings = session.settings()
    fresh = settings.embedded and not settings.catalog_file.is_file()
    with session.lake(write=True, create=True) as lake:
        from lake import migrations

        version = migrations.applied_version(lake.connection)
        facts = {
            "home": str(settings.home.resolve()),
            "catalog": settings.catalog_address.shown,
            "files": settings.files,
            "created": fresh,
            "schema_version": version,
            "snapshot": lake.snapshot,
        }
    out = session.out
    if out.json:
        out.document(facts)
        return
    out.line("Created a lake:" if fresh else "The lake is ready:")
    table.facts(out, facts.items())
    out.remark("Next: oda ingest FILE --name NAME, or oda demo --home FOLDER for a guided example.")
