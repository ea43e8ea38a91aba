{# Bounds of the 95 % interval of a share by Wilson's score method (JASA 22, 1927): `side` is -1 for
   the lower, 1 for the upper bound; null without trials. #}
{% macro wilson_bound(successes, trials, side) -%}
    {%- set z = 1.959963984540054 -%}
    {%- set hits = 'cast(' ~ successes ~ ' as double)' -%}
    {%- set all = 'cast(' ~ trials ~ ' as double)' -%}
    (
        {{ hits }} + cast({{ z * z / 2 }} as double) + {{ side }} * cast({{ z }} as double) * sqrt(
            {{ hits }} * ({{ all }} - {{ hits }}) / nullif({{ all }}, 0) + cast({{ z * z / 4 }} as double)
        )
    ) / ({{ all }} + cast({{ z * z }} as double))
{%- endmacro %}

{# Columns `<name>_rate`, `<name>_low`, `<name>_high`: a share and the Wilson bounds of it. #}
{% macro rate_with_bounds(name, successes, trials) -%}
    cast({{ successes }} as double) / nullif({{ trials }}, 0) as {{ name }}_rate,
    {{ wilson_bound(successes, trials, -1) }} as {{ name }}_low,
    {{ wilson_bound(successes, trials, 1) }} as {{ name }}_high
{%- endmacro %}

{# Bounds of the 95 % interval of the difference of two independent shares, `first` less `second`:
   Newcombe's method 10 (Statistics in Medicine 17, 1998), from both shares' Wilson bounds. Each
   argument is the name that rate_with_bounds was given. #}
{% macro newcombe_bound(first, second, side) -%}
    {%- set near, far = ('_low', '_high') if side < 0 else ('_high', '_low') -%}
    {{ first }}_rate - {{ second }}_rate + {{ side }} * sqrt(
        power({{ first }}_rate - {{ first }}{{ near }}, 2) + power({{ second }}_rate - {{ second }}{{ far }}, 2)
    )
{%- endmacro %}
