"""Shared words: units, rounding, market time, ids, canonical bytes and hashing. Pure; knows no other room."""
