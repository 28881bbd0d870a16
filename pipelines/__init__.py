"""The steps: what can be done to a lake, one module each; and the `oda` command."""
