"""Batches to measure on, made and real, and the procedures to beat."""
