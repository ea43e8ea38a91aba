"""Gates: a layer begins only when every blocking check of the layer before it has passed.

Dagster makes an asset wait for the blocking checks of its own upstream assets. A gate stands
downstream of a whole layer, and upstream of the whole next one.
"""

from collections.abc import Sequence
from typing import Any

import dagster as dg

from orchestration.assets.common import POOL, guarded, run_of
from orchestration.checks import blocking_of
from orchestration.warehouse import connect

GATES = "gates"


def gate_key(layer: str) -> dg.AssetKey:
    """The gate behind a layer."""
    return dg.AssetKey([GATES, layer])


def gate(layer: str, assets: Sequence[dg.AssetKey]) -> dg.AssetsDefinition:
    """The asset that stands for a layer without a blocking failure in this run."""

    @dg.asset(
        key=gate_key(layer),
        deps=list(assets),
        group_name=GATES,
        required_resource_keys={"run"},
        pool=POOL,
        description=f"No blocking check of {layer} fails in this run.",
    )
    def gate_asset(context: dg.AssetExecutionContext) -> dg.MaterializeResult[Any]:
        run = run_of(context)
        with guarded(run, f"gate {layer}"):
            con = connect(run.settings.warehouse)
            try:
                failing = sorted({*run.blocking, *blocking_of(con, run.run_id)})
            finally:
                con.close()
        if failing:
            run.blocking = failing
            raise dg.Failure(f"{len(failing)} blocking checks failed", allow_retries=False)
        return dg.MaterializeResult(metadata={"checks": len(run.checks)})

    return gate_asset
