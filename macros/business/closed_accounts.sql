{# States of an account whose posts aren't to be shown: what Bluesky says of accounts that are not
   active, or `false` where it doesn't say why. The contract clears their texts by the same list. #}
{% macro closed_account_states() -%}
    'deleted', 'takendown', 'suspended', 'deactivated', 'false'
{%- endmacro %}
