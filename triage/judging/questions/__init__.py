"""What a judge is asked and has to answer, and the text of a trace kept in its place."""
