{# Fails on times after the run's clock; `tolerance_seconds` allows for clocks that run ahead. #}
{% test not_in_future(model, column_name, tolerance_seconds=0) %}
select {{ column_name }}
from {{ model }}
where {{ column_name }} > {{ add_seconds(as_of(), tolerance_seconds) }}
{% endtest %}
