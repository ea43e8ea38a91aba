"""The columns that the public interface promises, copied by hand: not taken from the code."""

EXPECTED: dict[str, str] = {
    "web_tags/flat": (
        "event_id event_name occurred_at visitor_id session_id login_id email phone page_url "
        "page_title referrer_url utm_source utm_medium utm_campaign utm_content utm_term "
        "click_id user_agent site app_id platform consent_navigation_linking properties"
    ),
    "call_records/flat": (
        "call_id direction caller_number dialled_number started_at answered_at ended_at "
        "outcome queue adviser_id wait_seconds talk_seconds hold_seconds wrap_seconds "
        "reason_code customer_id transferred_from_call_id"
    ),
    "call_records/number_leases": (
        "lease_id pool_id number visitor_id tracker_session_id page_url assigned_at "
        "last_seen_at released_at reason consent"
    ),
    "call_records/wrap_ups": "call_id adviser_id reason_code result_code note set_at",
    "surveys/flat": (
        "response_id question_id survey question kind scale_min scale_max higher_is_better "
        "score verbatim asked_at answered_at respondent_kind respondent trigger journey_stage "
        "channel adviser_id call_id"
    ),
    "social/reviews": (
        "review_id platform author rating rating_max title text language product_id "
        "created_at updated_at reply_text replied_at customer_id"
    ),
    "social/follows": "platform follower followed since until",
    "ad_spend/flat": "date channel campaign cost impressions clicks exported_at",
    "crm/customers": (
        "customer_id kind first_name last_name birth_date address_line postcode city country "
        "segment adviser_id household_id created_at"
    ),
    "crm/identifiers": "customer_id kind value valid_from valid_to",
    "crm/products": "product_id name family is_insurance",
    "crm/product_relations": "product_id related_product_id reviewed_by reviewed_at",
    "crm/contracts": (
        "contract_id customer_id role product_id opened_at closed_at close_reason premium "
        "margin initiated_channel handled_channel finalised_channel call_id "
        "tracker_session_id"
    ),
    "crm/orders": "order_id customer_id visitor_id product_id ordered_at amount status",
    "crm/consents": "consent_id subject_kind subject purpose status at expires_at proof_ref source",
    "crm/oppositions": "subject_kind subject list since until",
    "crm/contacts": (
        "contact_id channel direction customer_id visitor_id email phone occurred_at ended_at "
        "adviser_id subject outcome place campaign"
    ),
    "crm/cases": "case_id customer_id kind reason_code opened_at closed_at status channel",
    "crm/advisers": "adviser_id team skills languages site",
    "crm/shifts": "adviser_id starts_at ends_at",
    "crm/campaigns": "campaign_id name channel product_id starts_at ends_at is_peak",
    "crm/costs": "project month cost",
    "crm/experiments": "experiment variant subject_kind subject assigned_at",
    "crm/quality_scores": "call_id criterion score scored_at scored_by",
    "crm/product_sheets": "product_id place attribute value seen_at",
    "crm/life_events": "customer_id kind occurred_on source",
    "crm/lead_outcomes": "target_id attempted_at result contract_id adviser_id",
    "crm/identity_decisions": "left_customer_id right_customer_id decision decided_at",
    "truth/identifiers": "true_person_id identifier_type identifier_value is_shared consented",
    "truth/circles": "circle_id circle_type true_person_id",
    "truth/call_sessions": (
        "source_format source_call_id true_person_id visitor_id tracker_session_id lease_state"
    ),
    "truth/sale_causes": "contract_id true_person_id marketing_channel campaign true_share",
    "truth/channel_effects": (
        "marketing_channel true_incremental_sales true_incremental_revenue_eur"
    ),
    "truth/intentions": (
        "true_person_id product_id abandoned_at furthest_step would_buy_if_called would_buy_anyway"
    ),
    "truth/survey_requests": "response_id survey is_answered has_idea",
}
