"""Values that several test rooms build the same way; every figure can be changed by name."""
