"""The model: arrays in, arrays out. No names, files or randomness; `evaluate` is all of it on a page."""
