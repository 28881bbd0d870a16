"""How much datasets have in common, and what that says of where they come from."""
