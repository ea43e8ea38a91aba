-- grain: one row per leg, Twilio's call resource (leg_id)
with delivered as (
    select
        *,
        coalesce(
            {{ regexp_group('from_party', "'^client:(.+)$'") }},
            -- a SIP telephone of ours has a name or a short number, the public network's a number
            case
                when direction = 'inbound' and from_number_status != 'withheld'
                    then {{ regexp_group('from_party', "'^(?i:sips?):([0-9]{1,6}|[^@;]*[A-Za-z][^@;]*)[@;]'") }}
            end,
            ''
        ) as calling_client,
        coalesce({{ regexp_group('to_party', "'^client:(.+)$'") }}, '') as called_client,
        direction in (
            select directions.twilio_direction
            from {{ ref('twilio_directions') }} as directions
            where directions.direction = 'inbound'
        ) as comes_in
    from {{ current_rows(
        source('call_records', 'twilio'),
        key=['sid'],
        prefer=[
            "status in ('queued', 'ringing', 'in-progress')", 'date_updated desc nulls last',
            'end_time desc nulls last',
        ],
        content=[
            'status', 'duration desc', 'start_time', 'date_created', 'parent_call_sid',
            'direction', 'answered_by', 'from_number_hash', 'to_number_hash',
        ],
    ) }}
),

directed as (
    select
        *,
        -- an adviser's own call comes in from a client or a SIP telephone, on its way out
        case when comes_in and calling_client = '' then 'inbound' else 'outbound' end
            as own_direction
    from delivered
)

select
    sid as leg_id,
    -- a leg isn't its own parent
    nullif(nullif(parent_call_sid, ''), sid) as parent_leg_id,
    own_direction as direction,
    status,
    lower(nullif(answered_by, '')) as answered_by,
    from_number_hash as caller_hash,
    coalesce(from_number_status, 'withheld') as caller_status,
    to_number_hash as called_hash,
    -- a program rings the adviser, who joins a call that has a record of its own or calls on
    not comes_in and called_client != '' as rings_adviser,
    case
        when own_direction = 'outbound' then to_number_hash
        when to_number_status = 'valid' then to_number_e164
        when to_number_status = 'short'
            then {{ regexp_replace_all('to_number', "'[^0-9]'", "''") }}
    end as dialled_number,
    coalesce(start_time, date_created) as started_at,
    end_time as ended_at,
    duration as duration_seconds,
    cast(floor(queue_time / 1000.0) as bigint) as queue_seconds,
    -- Twilio writes an @ in a client's name as _40
    case when calling_client not like '%!_40%' escape '!' then {{ adviser_key('calling_client') }} end
        as calling_adviser_id,
    case when called_client not like '%!_40%' escape '!' then {{ adviser_key('called_client') }} end
        as called_adviser_id,
    coalesce(_time_zone, 'UTC') as time_zone,
    _file_id || ':' || _line as row_id,
    _load_id as load_id
from directed
