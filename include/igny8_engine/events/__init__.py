"""Events: written where they happen, delivered as signed webhooks, and kept to be pulled."""
