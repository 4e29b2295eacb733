"""Random commands from a grammar, sent to Gyre and to Redis, whose answers must be equal."""
