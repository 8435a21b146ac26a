"""From files to single values: what is opened, what form it has, and where a value ends."""
