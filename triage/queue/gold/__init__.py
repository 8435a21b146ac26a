"""Steps whose label is known: calibration rounds, hidden ones, and reliability."""
