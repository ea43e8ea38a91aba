"""The second engine: the raw zone as Parquet, and the models built on Spark over it.

Nothing here is imported by a run on DuckDB; pyspark and dbt-spark are in the group `spark`.
"""
