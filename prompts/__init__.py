"""Versioned prompt files, found as package data."""
