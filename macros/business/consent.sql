{#
    Whether a session's navigation may be linked to a person. Consent is read at each event's own
    time: what the tag says; where it is silent, the period of the CRM's consent that covers all
    silent events; else the source's stated legal basis, unless the CRM knew a decision by then.
    Unknown means no. A refusal by the tag or a withdrawal after the session began removes the
    link, even if a consent follows it.
#}
{% macro consent_in_force(totals, periods, decisions, refusals) -%}
    (
        not {{ totals }}.has_denied_consent
        and coalesce({{ epoch_us(refusals ~ '.refused_at') }} <= {{ totals }}.first_event_us, true)
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

{# Whether what lies from one moment to another may be linked in spite of a refusal: after a new
   consent of all who refused, and before that ends. #}
{% macro linkable_again(refusals, first_moment, last_moment) -%}
    coalesce(
        {{ first_moment }} >= {{ refusals }}.linkable_again_at
        and {{ last_moment }} < {{ refusals }}.linkable_until_at,
        false
    )
{%- endmacro %}

{# Whether a moment lies in a period of int_identity__refused_visits. #}
{% macro refused_at(refusals, moment) -%}
    {{ moment }} >= {{ refusals }}.starts_at
    and {{ moment }} < {{ refusals }}.ends_at
{%- endmacro %}
