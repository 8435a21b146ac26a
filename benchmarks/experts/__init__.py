"""The desk, the lead's pages, and what experts' time is worth."""
