"""When things run: assets, checks, partitions, sensors and jobs over the steps of `pipelines`."""
