"""Blind samples: drawn, labelled, and whether they may be signed on."""
