"""One score of severity and another of progress, each with its uncertainty; and the audit of a list."""
