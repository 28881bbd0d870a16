"""The parts of ingest: converting blocks, writing partitions, the worker pool, the commit."""
