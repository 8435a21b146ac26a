"""One part of the report each, fed trace by trace or read in one go."""
