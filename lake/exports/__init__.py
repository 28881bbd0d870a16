"""Export formats, one small file each: samples with their scores in, a folder another program reads out."""
