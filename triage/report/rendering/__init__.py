"""The report's page: plots, figures in words, templates."""
