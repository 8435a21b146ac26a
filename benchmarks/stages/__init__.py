"""The stages of a run: reading, cutting, fusing, and the whole of it."""
