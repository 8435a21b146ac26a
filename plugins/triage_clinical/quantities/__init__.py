"""Quantities as clinicians write them: units, sums, labelled measurements."""
