"""The one engine of stored derived relations: what is pending, what equal content offers, derive the rest, commit."""
