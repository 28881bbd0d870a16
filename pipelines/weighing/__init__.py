"""Learning the weights of axes: the search, and the two things it can aim at."""
