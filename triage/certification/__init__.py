"""The guarantee at work on a store: plan, draw, sign, verify, audit."""
