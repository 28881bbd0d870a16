"""A miniature arena: small datasets in native formats whose every duplicate, leak, parent and defect is known."""
