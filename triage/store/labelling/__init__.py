"""What lies before experts and what they said: queue, leases, verdicts, and gold apart."""
