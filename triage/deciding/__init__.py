"""From findings and verdicts to decisions, by pure functions: fuse, disagree, route."""
