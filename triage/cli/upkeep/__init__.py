"""Commands about the installation itself: its store, plugins, prompts and settings."""
