"""Axes computed from the text alone, without a model: one file each."""
