"""Batches and blind samples of certificates, and where steps stand with them."""
