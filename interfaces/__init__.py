"""The faces: pages, REST, live feed, health, operator entry."""
