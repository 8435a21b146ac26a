"""Messages to platforms' own addresses: signed, sent again, and never into a private network."""
