"""What follows from what: formulas, entailment, syllogisms."""
