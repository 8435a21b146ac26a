"""What labelled traces teach: a ranker of steps, and what a plugin is worth."""
