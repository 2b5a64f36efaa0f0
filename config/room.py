"""The agent's room: who may what, and what each app lends to search, home, panels and timeline."""

from campaigns import lends as campaigns
from customers import lends as customers
from feedback import lends as feedback
from loyalty import lends as loyalty
from messaging import lends as messaging
from messaging import letterbox
from orders import lends as orders
from staff import home, panels, roles, search, timeline, trouble
from staff import lends as staff
from support import lends as support
from tracking import lends as tracking
from vcards import lends as vcards

# role → patterns of permissions. Nobody adds, changes or deletes orders, facts, receipts and messages by hand
# in the room; "add_order" and "add_shipment" count for API tokens of these people.
# "change_receipt" is the replay button, "change_message" settles an unclear message, "change_job" stops a job.
READS = (
    *("orders.view_*", "tracking.view_*", "customers.view_*", "messaging.view_*", "feedback.view_*"),
    *("loyalty.view_*", "support.view_*", "vcards.view_*"),
)
WRITES = (
    *("orders.*_store", "orders.*_seller", "orders.*_inserttext", "orders.*_productguide", "orders.*_productshape"),
    *("orders.*_storefront", "orders.*_productlink"),
    *("messaging.*_template*", "messaging.change_message", "messaging.change_stream"),
    *("messaging.add_sender", "messaging.change_sender"),
    *("messaging.*_suppression", "campaigns.*", "customers.change_purpose", "customers.*_consenttext"),
    *("orders.*_selfservicepolicy", "orders.*_returnterms", "orders.*_notreturnable"),
    *("loyalty.*_programme", "loyalty.*_earnrule", "loyalty.*_pool"),
    *("support.*_macro", "support.*_macrotext", "support.*_article"),
    *("vcards.*_card", "vcards.*_companydesign", "vcards.*_assignmentrule"),
    *("tracking.change_unknowncode", "tracking.*_patience"),
    *("feedback.*_place", "feedback.*_site", "feedback.*_note"),
    *("customers.change_limit", "customers.change_ask", "customers.*_quiethours"),
)
BY_API = ("orders.add_order", "tracking.add_shipment", "support.add_ticket")
# answers, notes, takes and solves tickets; writes articles, which their owner or a manager verifies
ANSWERS = ("support.change_ticket", "support.add_note", "support.add_article", "support.change_article")
# decides what customers ask for: to cancel, another address, returns
DECIDES = ("orders.change_orderrequest", "orders.change_return")
# publishes reviews, keeps them back for a reason, replies to them; answers what is asked about products
REVIEWS = ("feedback.change_review", "feedback.change_question")
# publishes what others wrote, where MAILS_NEED_APPROVAL
APPROVES = ("messaging.approve_mail",)
# what somebody said on the phone, with the words as evidence
LEDGER = ("customers.add_consent",)
# erases what is held of a person; whoever reads customers may hand it out to them
ERASES = ("customers.add_erasure",)
# notes that cash on delivery was received and that a service is done; nothing else of an order is changed by hand
MONEY = ("orders.change_order",)
# numbered documents of orders
PAPERS = ("orders.add_document", "orders.change_document")
# the stage of a parcel by hand, its number, a scan taken back, and handing it over at the counter
PARCELS = ("tracking.change_shipment",)
# whose card an order carries, and one's own card
CARDS = ("vcards.change_assignment", "vcards.change_own_card")
# an agent's goodwill: points within the limit of the day, and a coupon
GIVES = ("loyalty.add_transaction", "loyalty.change_coupon")
ROLES = {
    "owner": (
        "events.*",
        "staff.*",
        *READS,
        *WRITES,
        *BY_API,
        *LEDGER,
        *ERASES,
        *GIVES,
        *APPROVES,
        *ANSWERS,
        *CARDS,
        *DECIDES,
        *REVIEWS,
        *PAPERS,
        *PARCELS,
        *MONEY,
    ),
    "manager": (
        *("events.*", "staff.view_*", "staff.change_job", *READS, *WRITES, *BY_API),
        *(*LEDGER, *ERASES, *GIVES, *APPROVES, *ANSWERS, *CARDS, *DECIDES, *REVIEWS, *PAPERS, *PARCELS, *MONEY),
    ),
    "agent": (
        *(*READS, "campaigns.view_*", "events.view_receipt", "events.view_event", "messaging.change_message"),
        *(*LEDGER, *GIVES, *ANSWERS, *CARDS, *DECIDES, *REVIEWS, *PAPERS, *PARCELS, *MONEY),
    ),
    "marketer": (
        *READS,
        *("campaigns.*", "messaging.*_template*", "messaging.change_stream", "staff.view_job", "loyalty.*_pool"),
        "vcards.change_own_card",
    ),
}
SEARCH = (orders.search, tracking.search, customers.search, support.search)
TILES = (
    *(
        staff.tiles,
        orders.tiles,
        orders.tiles_of_asked,
        tracking.tiles,
        support.tiles,
        messaging.tiles,
        letterbox.tiles,
    ),
    *(support.article_tiles, feedback.tiles, loyalty.tiles, vcards.tiles, campaigns.tiles),
)
PANELS = {
    "order": (
        vcards.order_panel,
        orders.papers_panel,
        tracking.order_panel,
        support.order_panel,
        orders.order_asked,
        letterbox.subjects_panel(tracking.subjects_of_order),
        messaging.subjects_panel(tracking.subjects_of_order),
        campaigns.order_panel,
        feedback.order_panel,
        feedback.order_surveys,
    ),
    "shipment": (messaging.subjects_panel(lambda pk: [("shipment", pk)]),),
    "return": (tracking.return_panel,),
    "customer": (
        orders.customer_panel,
        orders.customer_asked,
        loyalty.customer_panel,
        support.customer_panel,
        letterbox.customer_panel,
        messaging.customer_panel,
        campaigns.ahead_panel,
        campaigns.customer_panel,
        feedback.customer_panel,
        feedback.customer_surveys,
    ),
}
SENTENCES = {
    **orders.SENTENCES,
    **tracking.SENTENCES,
    **feedback.SENTENCES,
    **loyalty.SENTENCES,
    **messaging.SENTENCES,
    **customers.SENTENCES,
    **campaigns.SENTENCES,
    **support.SENTENCES,
    **vcards.SENTENCES,
}
TIMELINE = (messaging.timeline, staff.timeline)
BANNERS = (messaging.banners,)


def hand_over() -> None:
    roles.sync_after_migrate(ROLES)
    search.search_with(SEARCH)
    home.show_with(TILES)
    panels.show_with(PANELS)
    timeline.tell_with(SENTENCES, TIMELINE)
    trouble.warn_with(BANNERS)
