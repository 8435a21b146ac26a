"""Commands that hand data to others and take it back."""
