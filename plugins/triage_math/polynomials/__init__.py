"""Equations as polynomials with exact coefficients."""
