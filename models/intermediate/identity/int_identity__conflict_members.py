"""grain: one row per member of a component that holds two customers (member_id), with its cluster

Signs are used strongest first, then latest first; one that would join two customers is the weakest
on its path and is cut. Runs in the driver: only components with a conflict are read.
"""

import pyarrow as pa

from orchestration.algorithms.constrained_forest import join_strongest_first


def model(dbt, session):
    dbt.config(materialized="table")
    edges = (
        dbt.ref("int_identity__conflict_edges")
        .order("edge_rank")
        .project("left_member, right_member")
    )
    anchors = dbt.ref("int_identity__conflict_anchors").project("member_id").fetchall()
    clusters = join_strongest_first(edges.fetchall(), anchors={node: node for (node,) in anchors})
    found = sorted(clusters.items())
    return pa.table(
        {
            "member_id": pa.array([member for member, _ in found], pa.int64()),
            "cluster_id": pa.array([cluster for _, cluster in found], pa.int64()),
        }
    )
