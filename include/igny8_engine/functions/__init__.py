"""What the engine does: one module per action type."""
