"""Language models asked over a network: one transport under both vendors' SDKs, one adapter a dialect.

Only ``build`` is imported from outside; it loads SDKs and transport when the first model is built.
"""
