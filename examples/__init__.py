"""Runnable material of the project: the miniature arena."""
