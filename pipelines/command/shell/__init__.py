"""The interactive SQL shell of `oda sql`."""
