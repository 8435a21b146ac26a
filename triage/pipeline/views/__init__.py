"""What the store holds of its traces, laid out for those who read it."""
