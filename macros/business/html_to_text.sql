{#
    The text that a reader sees of a post written in HTML: a line for each paragraph and break,
    links as they are shown, nothing of hidden spans and tags, entities as characters. What comes
    out names people as much as what went in: it belongs in `restricted`, or in a fact about it.
#}
{% macro html_to_text(expression) -%}
    {%- set shown = regexp_replace_all(
        expression, "'<span[^>]*class=\"[^\"]*invisible[^\"]*\"[^>]*>[^<]*</span>'", "''"
    ) -%}
    {%- set lines = regexp_replace_all(shown, "'(?i)<br ?/?>|</p>\s*<p[^>]*>|</li>\s*<li[^>]*>'", "chr(10)") -%}
    {%- set bare = decode_numeric_entities(regexp_replace_all(lines, "'<[^>]*>'", "''")) -%}
    nullif(trim(replace(replace(replace(replace(replace(replace(
        {{ bare }},
        '&lt;', '<'), '&gt;', '>'), '&quot;', '"'), '&apos;', ''''), '&nbsp;', ' '), '&amp;', '&'
    )), '')
{%- endmacro %}
