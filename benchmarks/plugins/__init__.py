"""What the deterministic plugins find on public sets, and how fast."""
