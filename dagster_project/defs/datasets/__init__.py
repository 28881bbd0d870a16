"""All datasets at a glance."""
