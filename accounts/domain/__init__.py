"""The rules of the books: pure values and functions."""
