"""What a process needs of Python and of its machine; knows nothing of traces."""
