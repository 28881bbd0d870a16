"""Where things are and what shape they have: the catalogue, the relations, identities, formats."""
