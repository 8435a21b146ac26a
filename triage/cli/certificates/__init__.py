"""Commands of the guarantee."""
