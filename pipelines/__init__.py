"""Joins the steps: harvest, classify, load, publish. The only package that imports the other three."""
