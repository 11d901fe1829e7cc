"""One module for each step; its file name begins with `v` and its revision."""
