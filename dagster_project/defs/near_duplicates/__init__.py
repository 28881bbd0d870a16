"""Near-duplicates of all training samples, and how well they are found."""
