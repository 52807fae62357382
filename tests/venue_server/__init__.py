"""The venue server against the real clients it is for."""
