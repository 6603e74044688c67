"""Invented pages and reports with their gold text, made from a seed; no real school, person or page."""
