"""The demonstration: three bundled sites on loopback, and the summary of what was found in them.

`serve` starts the sites and writes their source files; `report` prints what a run found. The texts under
`texts/` are invented: no school, person or place in them exists.
"""
