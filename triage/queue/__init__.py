"""The experts' queue: what an expert is shown, and what becomes of the answers."""
