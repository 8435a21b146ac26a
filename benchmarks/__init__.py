"""Measurements, each run by one command; none of them is part of the product."""
