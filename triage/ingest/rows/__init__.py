"""From one value to a trace: strict JSON, clean fields, the house's names."""
