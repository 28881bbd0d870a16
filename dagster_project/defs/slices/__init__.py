"""Named selections of samples."""
