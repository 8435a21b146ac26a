"""From characters to tokens: LaTeX made plain, words that are operators, units."""
