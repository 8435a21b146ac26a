"""Checks of claims with unknowns, functions and matrices."""
