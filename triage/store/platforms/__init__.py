"""What platforms hand in and are told: jobs, webhooks, connected projects."""
