"""Checks a certificate on any machine, from files that may be anything."""
