"""Forms in which other programs take a lineage; a module each, with `text(network, version)`."""
