"""How rows are kept: integer money columns, bulk writes, immutable tables. Knows no product word."""
