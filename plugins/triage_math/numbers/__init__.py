"""Checks of claims on numbers and amounts."""
