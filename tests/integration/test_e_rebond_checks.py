"""The checks of the plan are shown a plan that breaks each of them."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.integration.bad_tables import empty_world, failed
from tests.integration.conftest import World

#: One lead in one lawful half hour that has room for one call.
GOOD = """
create schema if not exists intermediate;
create schema if not exists marts;
create or replace table intermediate.int_e_rebond__plan as
select 't1' as target_id, 'c1' as candidate_id,
    timestamp '2026-10-05 09:00:00' as slot_start_at,
    timestamp '2026-10-05 09:30:00' as slot_end_at;
create or replace table intermediate.int_e_rebond__control_groups as
select 'c1' as candidate_id, false as is_control union all select 'c2', true;
create or replace table intermediate.int_e_rebond__calling_windows as
select 'c1' as candidate_id, timestamp '2026-10-05 08:00:00' as window_start_at,
    timestamp '2026-10-05 11:00:00' as window_end_at;
create or replace table intermediate.int_e_rebond__assignments as
select candidate_id, slot_start_at, 'a' as team, 's' as adviser_skills, 'fr' as adviser_languages
from intermediate.int_e_rebond__plan;
create or replace table intermediate.int_e_rebond__free_capacity as
select timestamp '2026-10-05 09:00:00' as slot_start_at, 'a' as team, 's' as skill,
    'fr' as language, 1 as call_capacity;
create or replace table marts.retargeting_audiences as
select 'x' as audience_id, 'c1' as candidate_id;
"""
BAD = {
    "e_rebond_control_is_never_planned": (
        "update intermediate.int_e_rebond__control_groups set is_control = true"
    ),
    "e_rebond_plan_keeps_lawful_windows": (
        "update intermediate.int_e_rebond__plan set slot_end_at = timestamp '2026-10-05 11:00:01'"
    ),
    "e_rebond_plan_fits_capacity": (
        "insert into intermediate.int_e_rebond__assignments "
        "select 'c3', slot_start_at, team, adviser_skills, adviser_languages "
        "from intermediate.int_e_rebond__assignments"
    ),
    "e_rebond_audiences_leave_control_out": (
        "update marts.retargeting_audiences set candidate_id = 'c2'"
    ),
}


@pytest.mark.slow
def test_a_good_plan_passes_and_a_bad_one_fails_every_check(
    make_world: Callable[..., World],
) -> None:
    world = empty_world(make_world)
    assert failed(world, BAD, GOOD) == set()
    # control in the plan is control in the audience as well, where both hold the same lead
    for check, change in BAD.items():
        assert check in failed(world, BAD, GOOD, change), check
