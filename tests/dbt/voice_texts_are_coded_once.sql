-- Every text that may be analysed has its codes, and no text that may not be.
with counted as (
    select
        (select count(*) from {{ ref('int_voice_of_customer__texts') }}) as text_count,
        (select count(*) from {{ ref('int_voice_of_customer__text_codes') }}) as coded_count
)

select
    text_count,
    coded_count
from counted
where text_count <> coded_count
