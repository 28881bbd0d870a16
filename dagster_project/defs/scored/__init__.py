"""The wide table of scores."""
