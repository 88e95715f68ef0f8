"""Checks of imts, a file per topic."""
