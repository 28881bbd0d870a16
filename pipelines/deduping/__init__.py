"""The parts of the step `dedup`: parameters, signing, candidates, verification, clusters, evidence."""
