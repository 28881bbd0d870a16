"""Axes measured over whole datasets, a file each."""
