"""Native dataset formats, one small file each: source records in, canonical samples out."""
