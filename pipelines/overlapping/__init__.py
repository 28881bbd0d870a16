"""The parts of the step `overlap`: keys of prompts, measures of pairs of datasets, what is stored of them."""
