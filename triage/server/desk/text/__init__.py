"""Texts of traces made readable, and safe: Markdown, formulas, nothing that can run."""
