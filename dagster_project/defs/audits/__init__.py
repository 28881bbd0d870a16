"""Audits of sql/audits as asset checks."""
