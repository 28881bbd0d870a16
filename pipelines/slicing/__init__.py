"""The parts of the step `curate`: a query and its checks, the members it gives, where they are today."""
