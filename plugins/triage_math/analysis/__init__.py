"""Checks of derivatives, integrals and limits."""
