"""The checks of voice of customer and of the contact centre are shown tables that break each."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.integration.bad_tables import assert_each_is_noticed, empty_world
from tests.integration.conftest import World

#: A complaint with a gesture of ten euros in a budget of ten, two scores counted, one text coded
#: of a call that may be analysed, five advisers in a team, one call in one contact.
GOOD = """
create schema if not exists seeds;
create schema if not exists intermediate;
create schema if not exists restricted;
create schema if not exists marts;
create or replace table seeds.gesture_budgets as
select 'care' as owner, date '2026-10-01' as valid_from, date '2026-11-01' as valid_to,
    10.0 as budget_eur;
create or replace table marts.dissatisfaction_alerts as
select 'care' as owner, timestamp '2026-10-02 09:00:00' as raised_at, 10.0 as gesture_eur;
create or replace table marts.fct_feedback as
select 'nps' as kind, 9 as score, 10 as scale_max, timestamp '2026-10-02 09:00:00' as given_at,
    null::timestamp as asked_at
union all select 'csat', 3, 5, timestamp '2026-10-02 09:00:00', null
union all select 'rating', 3, null, timestamp '2026-10-02 09:00:00', null
union all select 'verbatim', null, null, timestamp '2026-10-02 09:00:00', null;
create or replace table marts.satisfaction_by_stage as
select 'all' as dimension, 2 as answer_count union all select 'survey', 2;
create or replace table restricted.int_voice_of_customer__texts as select 'c1' as record_id;
create or replace table intermediate.int_voice_of_customer__text_codes as select 'c1' as record_id;
create or replace table marts.fct_text_codes as
select 'transcript' as text_kind, 'c1' as record_id;
create or replace table intermediate.int_voice_of_customer__analysable_calls as
select 'c1' as call_id;
create or replace table marts.adviser_performance as
select date '2026-10-01' as month, 'team' as group_kind, 'a' as team, 5 as adviser_count;
create or replace table intermediate.int_canonical__calls as
select 'c1' as call_id, 'inbound' as direction, '+33180000001' as dialled_number
union all select 'c2', 'internal', '103'
union all select 'c3', 'internal', '+33180000002';
create or replace table seeds.calling_numbers as select '+33180000002' as number;
create or replace table intermediate.int_canonical__number_leases as
select null::varchar as own_number;
create or replace table restricted.stg_audit__identifier_hashes as
select 'phone' as kind, '+33612345678' as normalised, 'h1' as identifier_hash
union all select 'phone', '+33180000002', 'h2' union all select 'phone', '+33180000001', 'h3';
create or replace table intermediate.int_canonical__identifiers as
select 'phone_hash' as identifier_type, 'h1' as identifier_value
union all select 'phone_hash', 'h2' union all select 'email_hash', 'h3';
create or replace table intermediate.int_contact_centre__contacts as
select 'i1' as interaction_id, 'c1' as call_id union all select 'i2', null;
"""
BAD = {
    "voice_gestures_keep_to_budget": "update marts.dissatisfaction_alerts set gesture_eur = 11",
    "voice_satisfaction_counts_every_score": (
        "update marts.satisfaction_by_stage set answer_count = 1 where dimension = 'all'"
    ),
    "voice_texts_are_coded_once": (
        "insert into intermediate.int_voice_of_customer__text_codes select 'c1'"
    ),
    "voice_transcripts_only_with_consent": (
        "update intermediate.int_voice_of_customer__analysable_calls set call_id = 'c2'"
    ),
    "adviser_figures_keep_the_minimum_group": (
        "update marts.adviser_performance set adviser_count = 4"
    ),
    "contact_centre_covers_every_call": (
        "update intermediate.int_canonical__calls set direction = 'outbound' where call_id = 'c2'"
    ),
    "calls_own_numbers_are_no_customers": (
        "update intermediate.int_canonical__calls set dialled_number = '+33612345678' "
        "where call_id = 'c2'"
    ),
}


@pytest.mark.slow
def test_good_tables_pass_and_bad_ones_fail_their_check_alone(
    make_world: Callable[..., World],
) -> None:
    assert_each_is_noticed(empty_world(make_world), GOOD, BAD)
