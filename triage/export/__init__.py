"""Turns decisions into the forms that leave the house."""
