"""Uncertain quantities: distributions, random streams, correlations and draws."""
