"""One folder a subject, the same nouns in each: assets, checks, sensors, jobs."""
