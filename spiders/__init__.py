"""Harvests documents from public sites, files and archives, and splits them into case studies."""
