"""All partitions of an asset in one version."""
