"""File containers: how the bytes of a source file become a numbered run of records."""
