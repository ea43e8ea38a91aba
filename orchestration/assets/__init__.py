"""Dagster assets and their checks, by layer: raw, dbt's layers, the publication."""
