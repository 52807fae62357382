"""The REST face: public reads under /api/v1."""
