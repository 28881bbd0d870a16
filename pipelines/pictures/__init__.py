"""Pictures of what steps found, as SVG: small enough to be kept by every event, and sharp at every size."""
