{#
    Whether a session's navigation may be linked to a person. Consent is read at each event's own
    time: what the tag says; where it is silent, the period of the CRM's consent that covers all
    silent events; else the source's stated legal basis, unless the CRM knew a decision by then.
    Unknown means no. A withdrawal after the session began removes the link, even if a consent
    follows it.
#}
{% macro consent_in_force(totals, periods, decisions) -%}
    (
        not {{ totals }}.has_denied_consent
        and coalesce({{ epoch_us(decisions ~ '.last_withdrawn_at') }} <= {{ totals }}.first_event_us, true)
        and (
            {{ totals }}.first_silent_us is null
            or {{ periods }}.visitor_id is not null
            or (
                {{ totals }}.is_silence_covered
                and coalesce({{ epoch_us(decisions ~ '.first_decided_at') }} > {{ totals }}.last_silent_us, true)
            )
        )
    )
{%- endmacro %}
