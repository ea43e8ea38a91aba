"""Passerelle: ingestion, assets, publishing and the command line."""
