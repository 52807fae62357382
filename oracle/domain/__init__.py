"""Pure rules of price agreement."""
