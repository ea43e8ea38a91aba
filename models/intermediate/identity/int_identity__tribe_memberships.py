"""grain: one row per tribe_type, person_id: the group found for each linked person

Runs in the driver: Leiden needs the whole graph of a type in memory, some 200 bytes a link.
"""

import pyarrow as pa

from orchestration.algorithms.communities import communities, index_links

TYPES = ("combined", "family", "friend", "interest")
#: A quarter to eight times plain modularity, in steps of the square root of two.
RESOLUTIONS = tuple(2 ** (step / 2) for step in range(-4, 7))
RUNS = 5
#: Resolutions are held to be equally stable within this.
TOLERANCE = 0.005
#: Beyond this many persons the resolution is chosen on a sample of them.
SAMPLE_PERSONS = 5000
#: Somebody is a bridge when their links are spread as evenly as over two groups.
BRIDGE_FROM = 0.5


def model(dbt, session):
    dbt.config(materialized="table")
    edges = dbt.ref("int_identity__tribe_edges")
    found = []
    for tribe_type in TYPES:
        links = edges.filter(f"tribe_type = '{tribe_type}'").to_arrow_table()
        groups = communities(
            index_links(links["person_id_a"], links["person_id_b"], links["weight"]),
            resolutions=RESOLUTIONS,
            runs=RUNS,
            tolerance=TOLERANCE,
            sample_nodes=SAMPLE_PERSONS,
            bridge_from=BRIDGE_FROM,
        ).rename_columns({"node": "person_id", "community": "first_person_id"})
        types = pa.array([tribe_type] * groups.num_rows, pa.string())
        found.append(groups.add_column(0, "tribe_type", types))
    return pa.concat_tables(found)
