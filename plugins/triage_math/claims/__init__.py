"""What a step claims, against what its trace has said before, and what was found."""
