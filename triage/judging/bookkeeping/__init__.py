"""What was bought and what it cost: the ledger, its commits and leases, the money limit."""
