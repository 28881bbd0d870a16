"""Slices written for those who train."""
