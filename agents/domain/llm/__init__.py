"""Language models, the pure part: what is asked, what comes back, when to ask again, what it may cost."""
