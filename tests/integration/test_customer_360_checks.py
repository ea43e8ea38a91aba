"""The checks of customer 360 are shown tables that break each of them."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.integration.bad_tables import assert_each_is_noticed, empty_world
from tests.integration.conftest import World

#: One sale shared by two interactions, twenty equal profiles, an audience of twenty.
GOOD = """
create schema if not exists intermediate;
create schema if not exists marts;
create or replace table intermediate.int_journeys__journey_steps as
select unnest(['a', 'b']) as interaction_id, 1 as journey_key, 11 as person_key, 100 as sale_us;
create or replace table intermediate.int_customer_360__sale_values as
select 11 as person_key, 100 as sale_us, 10.0 as short_eur, 10.0 as medium_eur, 10.0 as long_eur;
create or replace table marts.fct_interaction_values as
select interaction_id, horizon, 5.0::double as value_eur
from (values ('a'), ('b')) as i (interaction_id)
cross join (values ('short'), ('medium'), ('long')) as h (horizon);
create or replace table marts.dmp_profiles as
select 'p' || n as profile_id, 'customer' as lifecycle, true as is_activable,
    'some' as interest_band, 'A' as product_id, 'high' as value_band, 'one' as visit_band,
    'mobile' as device_class, 20 as group_count
from range(20) as numbers (n);
create or replace table marts.audience_members as
select 'x' as audience_id, 'person' as subject_kind, 'p' || n as subject_id,
    'best_value' as audience_code
from range(20) as numbers (n);
create or replace table marts.audiences as
select 'x' as audience_id, 20 as member_count, true as is_exportable
union all select 'y', null, false;
create or replace table intermediate.int_customer_360__audience_people as
select 'on_hold' as audience_code, 'somebody' as person_id;
create schema if not exists seeds;
create or replace table seeds.audience_rules as
select 'best_value' as audience_code, 'look_alike_seed' as audience_kind
union all select 'on_hold', 'suppression';
"""
BAD = {
    "interaction_values_are_conserved": (
        "update marts.fct_interaction_values set value_eur = 5.00000001 "
        "where interaction_id = 'a' and horizon = 'long'"
    ),
    "profiles_are_anonymous_enough": (
        "update marts.dmp_profiles set device_class = 'tablet' where profile_id = 'p3'"
    ),
    "audiences_leave_suppressed_people_out": (
        "update intermediate.int_customer_360__audience_people set person_id = 'p7'"
    ),
    "audiences_are_large_enough": (
        "delete from marts.audience_members where subject_id = 'p0'; "
        "update marts.audiences set member_count = 19 where audience_id = 'x'"
    ),
}


@pytest.mark.slow
def test_good_tables_pass_and_bad_ones_fail_their_check_alone(
    make_world: Callable[..., World],
) -> None:
    assert_each_is_noticed(empty_world(make_world), GOOD, BAD)
