"""The parts of scoring: what is wanted, windows of a dataset, computing, committing, the wide table."""
