"""What the scores of a dataset look like."""
