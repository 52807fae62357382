"""Declarative strategies: a document of rules over named figures, read strictly, explained, and played."""
