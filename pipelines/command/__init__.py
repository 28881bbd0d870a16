"""The `oda` command: one small module per sub-command, imported when it is asked for."""
