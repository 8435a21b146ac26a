"""What the desk calls: steps, answers, reveals, disputes, admission."""
