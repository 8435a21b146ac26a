"""Before real work: what is installed, where data can go, what a run takes, a demonstration."""
