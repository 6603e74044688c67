"""The formats of `export`, a module each."""
