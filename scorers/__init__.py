"""Measurements: what a scorer declares, the batch it reads, the catalogue that finds it."""
