"""Where datasets come from as their documents say: reading, names, evidence, the graph."""
