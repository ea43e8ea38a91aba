-- grain: one row per call leg; identical copies are one (leg_id)
--
-- A table, as telling copies and clocks apart costs more than keeping what came of it.
{{ config(materialized='table') }}
with delivered as (
    select *
    from {{ source('call_records', 'asterisk') }}
),

legs as (
    select *
    from delivered
    where {{ is_surviving_copy(
        source('call_records', 'asterisk'), 'delivered',
        [
            'uniqueid', 'linkedid', 'sequence', '"start"', 'answer', '"end"', 'duration', 'billsec',
            'disposition', 'accountcode', 'src', 'dst', 'dcontext', 'channel', 'dstchannel',
            'lastapp', 'lastdata', 'userfield',
        ],
    ) }}
),

read_clock as (
    select
        *,
        coalesce(_time_zone, 'UTC') as time_zone,
        {{ local_to_utc('"start"', "coalesce(_time_zone, 'UTC')") }} as standard_start,
        {{ asterisk_epoch_s('uniqueid') }} as channel_epoch_s,
        {{ seconds_between('"start"', '"end"') }} as local_seconds,
        {{ seconds_between('"start"', 'answer') }} as local_wait_seconds,
        upper(trim(disposition)) as disposition_code,
        lower(nullif(trim(dcontext), '')) as context_code,
        {{ asterisk_context_says("lower(trim(dcontext))") }} as context_says,
        lower(nullif(trim(lastapp), '')) as application_code,
        nullif(trim(dstchannel), '') as destination_channel,
        {{ asterisk_extension('channel') }} as calling_extension,
        {{ asterisk_extension('dstchannel') }} as called_extension,
        -- the half of a local channel that dials on: a forwarded call, a member of a queue
        coalesce(trim(channel) like 'Local/%;2', false) as is_dialling_on,
        coalesce(
            dst_e164 in (select numbers.number from {{ ref('calling_numbers') }} as numbers), false
        ) as is_own_number
    from legs
),

started as (
    select
        *,
        {{ asterisk_started_at('"start"', 'standard_start', 'time_zone', 'channel_epoch_s') }} as started_at,
        -- a clock change inside the call: the wall clocks are an hour off, the duration isn't
        case
            when local_seconds < 0 or abs(local_seconds - duration) > 1800 then duration
            else local_seconds
        end as total_seconds
    from read_clock
),

directed as (
    select
        *,
        case
            when is_dialling_on and dst_status = 'valid' then 'outbound'
            when context_says != 'by number' then context_says
            -- who shows a number of ours, or none, calls out all the same
            when
                dst_status = 'valid' and not is_own_number
                and (
                    context_says = 'by number'
                    or (calling_extension is not null and called_extension is null)
                )
                then 'outbound'
            when context_says = 'by number' and calling_extension is not null then 'internal'
            when coalesce(src_status, 'withheld') in ('valid', 'withheld') then 'inbound'
            when dst_status = 'valid' then 'outbound'
            else 'internal'
        end as direction
    from started
)

select
    {{ hash_key([
        'uniqueid', 'linkedid', 'sequence', epoch_us('started_at'), epoch_us('answer'), 'duration',
        'billsec', 'disposition_code', 'application_code', 'src_hash', 'dst_hash', 'context_code',
        'leg_ordinal',
    ]) }} as leg_id,
    source_call_id,
    sequence,
    direction,
    src_hash as caller_hash,
    coalesce(src_status, 'withheld') as caller_status,
    case
        when direction = 'outbound' then dst_hash
        -- in plain only where something says that the number is ours, not its caller's shape alone;
        -- int_canonical__asterisk_legs adds those that were lent
        when dst_status = 'valid' and direction = 'inbound'
            then case
                when context_says = 'inbound' or is_own_number or application_code = 'queue' then dst_e164
                else dst_hash
            end
        when dst_status = 'short' then {{ regexp_replace_all('dst', "'[^0-9]'", "''") }}
    end as dialled_number,
    started_at,
    case
        when answer is null then null
        when local_wait_seconds between 0 and total_seconds
            then {{ add_seconds('started_at', 'local_wait_seconds') }}
        else {{ add_seconds('started_at', 'greatest(total_seconds - billsec, 0)') }}
    end as answered_at,
    {{ add_seconds('started_at', 'total_seconds') }} as ended_at,
    duration as duration_seconds,
    billsec as billed_seconds,
    disposition_code as disposition,
    application_code as application,
    destination_channel is not null as has_destination,
    case
        when application_code = 'queue' then {{ safe_text("trim(split_part(lastdata, ',', 1))") }}
    end as queue,
    case
        when direction = 'outbound' then coalesce(calling_extension, called_extension)
        else called_extension
    end as adviser_id,
    time_zone,
    _file_id || ':' || _line as row_id,
    _load_id as load_id
from (
    select
        *,
        coalesce(
            nullif(linkedid, ''),
            nullif(uniqueid, ''),
            {{ hash_key([
                epoch_us('started_at'), 'duration', 'src_hash', 'dst_hash', 'context_code'
            ]) }}
        ) as source_call_id,
        -- tells legs apart that differ in a value that stays in the raw layer
        row_number() over (
            partition by
                uniqueid, linkedid, sequence, started_at, answer, duration, billsec,
                disposition_code, application_code, src_hash, dst_hash, context_code
            order by channel nulls last, dstchannel nulls last, lastdata nulls last, _file_id, _line
        ) as leg_ordinal
    from directed
) as numbered
