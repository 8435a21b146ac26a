"""Label Studio: its ML-backend protocol, its API, its tasks and annotations."""
