{# Fails on rows that lack one of the columns' values; for models whose rows have no key. #}
{% test required(model, columns) %}
select {{ first_missing(columns) }} as problem
from {{ model }}
where {{ columns | join(' is null or ') }} is null
{% endtest %}
