"""Columns derived from a batch and shared by all scorers of a run: one file each."""
