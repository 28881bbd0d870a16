"""One asset an axis."""
