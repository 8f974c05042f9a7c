"""The commands as typer sees them: names, options, help. What they need is imported when they are called."""
