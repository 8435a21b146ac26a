"""Commands that run the stages, and those that measure what came of it."""
