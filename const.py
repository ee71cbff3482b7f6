# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
"""Names that several rooms share."""

# The one context key that a client may send: a create or write that scores and routes nothing.
# For migrations and big imports, which evaluate their leads afterwards, in batches. All other
# keys are in models/common/context.py, and count from our own code only.
SKIP = "crm_lead_management_skip"

# The eight roles of stages, in the order in which a lead passes them (tools/pipeline.py).
LEAD_ROLES = [
    ("open", "Open"),
    ("contacted", "Contacted"),
    ("nurturing", "Nurturing"),
    ("qualified", "Qualified"),
    ("negotiation", "Negotiation"),
    ("customer", "Customer"),
    ("inactive", "Inactive"),
    ("unqualified", "Unqualified"),
]

# How a person who may not be written to is notified: not at all.
BLOCKED = "blocked"

# The three categories of what we know about a lead.
INFO_GROUPS = [
    ("basic", "Basic"),
    ("qualifier", "Qualifiers"),
    ("supplementary", "Supplementary"),
]

# The ways in which a message goes.
CHANNELS = [("email", "Email"), ("sms", "SMS"), ("whatsapp", "WhatsApp")]

# What a message to a lead is for.
MESSAGE_PURPOSES = [
    ("introduction", "Introduction"),
    ("welcome", "Welcome"),
    ("meeting", "Meeting request"),
    ("after_call", "After a call"),
    ("offer", "Offer sent"),
    ("after_offer", "After the offer"),
    ("closing", "Closing"),
    ("thank_you", "Thank-you note"),
    ("launch", "Product launch"),
    ("win_back", "Win-back"),
    ("birthday", "Birthday"),
    ("other", "Other"),
]
MESSAGE_GRADES = [(str(grade), str(grade)) for grade in range(1, 6)]

# What a lead does later than so many days after a message is hardly an answer to it.
ANSWER_DAYS = 14

# Who does what: the steps of a lead from its arrival to the care after the win, in order.
FOLLOWUP_DUTIES = [
    ("generate", "Lead generated"),
    ("qualify", "Qualify"),
    ("welcome", "Welcome message"),
    ("needs_call", "Call: what they need"),
    ("offer", "Make an offer"),
    ("after_offer", "Follow up the offer"),
    ("close", "Close: won, or dropped with a reason"),
    ("care", "Care after the win"),
]
# What else can be next for a lead.
FOLLOWUP_OTHERS = [
    ("answer", "Answer"),
    ("touch", "Keep in touch"),
    ("tell", "Say what came of it"),
    ("decide", "Decide: nobody answers"),
    ("recommend", "Ask for a recommendation"),
    ("other", "Other"),
]
FOLLOWUP_CHANNELS = [
    ("call", "Call"),
    ("email", "Email"),
    ("sms", "SMS"),
    ("whatsapp", "WhatsApp"),
    ("meeting", "Meeting"),
    ("visit", "Visit"),
    ("task", "Task"),
]
