"""The tables, as the code sees them."""
