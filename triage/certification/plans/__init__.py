"""Plans: which steps a certificate could cover, and how many labels to draw for it."""
