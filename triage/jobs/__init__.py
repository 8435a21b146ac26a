"""What platforms hand in, worked on in a process of its own beside the server."""
