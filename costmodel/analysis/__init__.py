"""One analysis a file, each returning a small frozen result."""
