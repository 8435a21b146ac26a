"""Measurements of the guarantee: coverage, validity, noise, drift, speed, real error orders."""
