"""`passerelle what-if`: the last 30 days again, with other rows of contact_rules."""
