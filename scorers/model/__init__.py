"""Axes of models: each a cheap function of stored signals, a file each."""
