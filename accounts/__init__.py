"""People, trading accounts and the books: double entry in integers, immutable rows."""
