"""Whether two sides agree: under display rounding, or for all values."""
