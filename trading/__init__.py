"""Market, features, decisions, risk, sizing, orders, matching, positions."""
