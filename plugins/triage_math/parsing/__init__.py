"""From tokens to expression trees, relations between them, and all ways to read one."""
