"""Data that scorers need and no package of the base install brings: where it is looked for, how it is fetched."""
