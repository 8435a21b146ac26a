"""Commands for and about experts: the queue, gold, admission, agreement."""
