"""From a stored rule to a Dag."""
