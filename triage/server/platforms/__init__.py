"""What platforms call: answers at once, jobs, webhooks, Label Studio."""
