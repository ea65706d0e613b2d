"""Benchmarks: each a program that prints one JSON line and a table; ratios count, not times."""
