"""What a run reads and writes: traces, findings, decisions, and what was learnt."""
