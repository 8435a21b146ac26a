"""The experts' desk in the browser: texts made readable and safe, the page, and what it calls."""
