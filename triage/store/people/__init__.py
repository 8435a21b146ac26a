"""Who may sign in, who may answer what for, and who did what."""
