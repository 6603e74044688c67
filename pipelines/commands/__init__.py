"""The commands, grouped by who gives them: each turns arguments into one call and says what came of it."""
