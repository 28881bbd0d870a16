"""What is told of each asset: facts, tables and pictures, for Dagster's pages and for whoever else shows them."""
