"""What a promise rests on: exact tails, which labels, and where acceptance stops."""
