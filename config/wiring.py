"""Who reacts to what, and who lends what to whom: all of it, in a few tables. config/apps.py hands them over.

An empty list is a decision; a fact that stands in no table is an oversight, and tests/house/test_house.py finds it.
"""

from campaigns import actions as campaigns
from campaigns import acts, dates, mailing, segments, touchpoints
from campaigns import fields as registry
from campaigns import holdings as journeys_held
from campaigns import reactions as journeys
from campaigns import subjects as journey_subjects
from campaigns.segments import exports
from campaigns.touchpoints import built_in, own
from config import room
from customers import acts as customer_acts
from customers import dates as customer_dates
from customers import erasing
from customers import holdings as people_held
from customers import lends as people
from events import acts as event_acts
from events import clocks, inbox, nudges, outbox, outgoing, polls
from events import tasks as events_tasks
from events.clocks import Clock
from feedback import contexts as review_contexts
from feedback import holdings as reviews_held
from feedback import lends as reviews
from feedback import reactions as opinions
from loyalty import actions as points
from loyalty import acts as loyalty_acts
from loyalty import contexts as coupon_contexts
from loyalty import dates as loyalty_dates
from loyalty import holdings as thanks_held
from loyalty import lends as thanks_lent
from loyalty import reactions as loyalty
from messaging import actions as messages
from messaging import blocks, contexts, gate, named, telegram
from messaging import holdings as letters_held
from messaging import lends as post
from messaging import reactions as letters
from messaging import webhooks as providers
from messaging.actions import arrivals, fallback, health, reading_mail, statuses
from messaging.blocks import letter, thanks
from messaging.blocks import order as order_blocks
from orders import account, asked, drawn_pages, finding, following, sign_ups, using, verifying
from orders import actions as order_verbs
from orders import contexts as order_contexts
from orders import holdings as goods_held
from orders import lends as goods
from orders import reactions as goods_answers
from orders import subjects as order_subjects
from orders import webhooks as shops
from orders.actions import following as order_followers
from orders.actions import shop_calls
from orders.actions import verifying as page_codes
from support import acts as support_acts
from support import answers as articles
from support import contexts as ticket_contexts
from support import holdings as tickets_held
from support import lends as tickets
from support import reactions as support
from support import subjects as ticket_subjects
from support import where_is_it
from support.actions import articles as help_centre
from support.actions import contact as support_contact
from tracking import contexts as parcel_contexts
from tracking import figures as parcel_figures
from tracking import flags
from tracking import holdings as parcels_held
from tracking import lends as parcels_lent
from tracking import reactions as parcels
from tracking import subjects as parcel_subjects
from tracking import webhooks as carriers
from vcards import actions as cards
from vcards import contexts as card_contexts
from vcards import holdings as cards_held
from vcards import lends as cards_lent
from vcards import reactions as managers

# --- What arrives: source → how it proves itself, what it says, who keeps it --------------------------------------

READERS = {
    source.name: source
    for source in (
        *shops.SOURCES,
        *carriers.SOURCES,
        telegram.SOURCE,
        *providers.NEWS_SOURCES,
    )
}

# --- Facts and their answers --------------------------------------------------------------------------------------

REACTIONS = {
    "segment.entered": [],
    "segment.left": [],
    "customer.changed": [],
    "customer.erased": [],
    "consent.granted": [],
    "consent.revoked": [],
    "mail.received": [support.take_up_mails],
    "matter.opened": [],
    "matter.closed": [letters.let_go_settled],
    "message.replayed": [],
    "message.settled": [],
    "stream.paused": [],
    "stream.resumed": [],
    "sender.paused": [],
    "sender.resumed": [],
    "marketing.paused": [],
    "marketing.resumed": [],
    "order.placed": [
        managers.name_managers,
        parcels.adopt_parcels,
        parcels.redraw_parcels,
        loyalty.note_coupons_used,
    ],
    "order.changed": [
        parcels.redraw_parcels,
        loyalty.claw_points_back,
        loyalty.note_coupons_used,
    ],
    "order.paid": [loyalty.earn_points],
    "payment.received": [loyalty.earn_points],
    "payment.failed": [],
    "refund.recorded": [goods_answers.settle_returns, opinions.stop_asking_refunded, loyalty.claw_points_back],
    "line.completed": [loyalty.earn_points],
    "subscription.renewal_announced": [],
    "subscription.renewal_failed": [],
    "subscription.pause_requested": [],
    "order.cancelled": [opinions.stop_asking_cancelled, loyalty.claw_points_back, loyalty.offer_coupons],
    "order.document_issued": [],
    "order.document_revoked": [],
    "order.fulfilment_reported": [parcels.make_shipments],
    "order.cancel_requested": [],
    "order.cancel_accepted": [],
    "order.cancel_refused": [],
    "order.change_requested": [],
    "order.change_accepted": [],
    "order.change_refused": [],
    "order.shop_refused": [],
    "return.requested": [],
    "return.approved": [],
    "return.refused": [],
    "return.labelled": [parcels.follow_returns],
    "return.shipped": [parcels.follow_returns],
    "return.received": [],
    "return.settled": [loyalty.credit_returns],
    "return.cancelled": [],
    "replacement.placed": [],
    "shipment.shipped": [],
    "shipment.progressed": [parcels.tell_second_recipients],
    "shipment.delivered": [loyalty.earn_points],
    "shipment.disputed": [],
    "shipment.attempt_failed": [],
    "shipment.held": [],
    "shipment.return_started": [],
    "shipment.returned": [],
    "shipment.delayed": [],
    "shipment.endangered": [],
    "shipment.storage_end_announced": [],
    "shipment.corrected": [],
    "review.requested": [],
    "review.submitted": [support.look_after_low_reviews],
    "review.published": [],
    "survey.requested": [],
    "survey.answered": [],
    "points.earned": [],
    "points.available": [],
    "points.clawed_back": [],
    "points.redeemed": [],
    "points.expired": [],
    "coupon.issued": [],
    "coupon.used": [],
    "ticket.opened": [],
    "ticket.replied": [],
    "ticket.answered": [],
    "ticket.assigned": [],
    "ticket.solved": [],
    "ticket.reopened": [],
    "article.verified": [],
    "article.published": [],
    "article.unpublished": [],
    "article.expired": [],
    "card.assigned": [],
    "card.shared": [],
    "card.viewed": [],
    "card.saved": [],
    "card.retired": [],
}

# Reactions to every fact, after those above.
EVERY = [journeys.follow, journeys.route]

# --- What runs by itself, in the order of the walk ----------------------------------------------------------------

CLOCKS = [
    Clock("receipts", inbox.read_waiting, seconds=5),
    Clock("parked", inbox.look_again, seconds=30),
    Clock("events", outbox.answer_waiting, seconds=5),
    Clock("owed", outbox.pay_owed, seconds=15),
    Clock("segments", segments.fill, seconds=30),
    Clock("exports", exports.write_waiting, seconds=10),
    Clock("crossings", segments.cross_due, seconds=30),
    Clock("points", points.release_due, seconds=60),
    Clock("expiry", points.expire_due, seconds=60),
    Clock("renewals", order_verbs.announce_renewals, seconds=60),
    Clock("parcels", flags.watch_parcels, seconds=60),
    Clock("journeys", campaigns.advance_due, seconds=5),
    Clock("dates", campaigns.enrol_by_dates, seconds=60),
    Clock("calls", outgoing.call_due, seconds=15),
    Clock("polls", polls.ask_due, seconds=15),
    Clock("campaigns", mailing.run_campaigns, seconds=5),
    Clock("unknown", messages.resolve_unknown, seconds=15),
    Clock("replays", messages.replay_waiting, seconds=5),
    Clock("mails", reading_mail.read_mails, seconds=15),
    Clock("mailbox", arrivals.fetch_mailbox, seconds=60),
    Clock("wishes", finding.answer_wishes, seconds=5),
    Clock("messages", messages.send_due, seconds=5),
    Clock("instead", fallback.fall_back, seconds=60),
    Clock("statuses", statuses.ask_for_statuses, seconds=60),
    Clock("complaints", health.watch_complaints, seconds=60),
    Clock("strangers", support_contact.forget_unconfirmed, seconds=60),
    Clock("shops", shop_calls.ask_shops, seconds=15),
    Clock("codes", page_codes.forget_codes, seconds=60),
    Clock("drawn pages", drawn_pages.forget_drawn, seconds=60),
    Clock("articles", help_centre.expire_due, seconds=60),
    Clock("cards", cards.draw_due, seconds=15),
    Clock("readers", cards.forget_keys, seconds=60),
    Clock("erased", erasing.forget_again, seconds=60),
    Clock("health", health.look_after_senders, seconds=60),
]

# --- What mails may speak of, and the gate's late objections ------------------------------------------------------

CONTEXTS = {
    "order": [order_contexts.CONTEXT, review_contexts.CONTEXT, coupon_contexts.OF_ORDER, card_contexts.OF_ORDER],
    "shipment": [
        parcel_contexts.CONTEXT,
        review_contexts.OF_PARCEL,
        coupon_contexts.OF_PARCEL,
        parcel_contexts.of_orders(card_contexts.OF_ORDER),
    ],
    "consent": [sign_ups.CONTEXT],
    "buyer": [order_contexts.BUYER, review_contexts.OF_PERSON, coupon_contexts.OF_PERSON, card_contexts.OF_PERSON],
    "account": [account.CONTEXT],
    "page_code": [verifying.CONTEXT],
    "request": [
        asked.REQUEST,
        asked.of_requests(coupon_contexts.OF_ORDER),
        asked.of_requests(card_contexts.OF_ORDER),
    ],
    "return": [asked.RETURN, asked.of_returns(coupon_contexts.OF_ORDER), asked.of_returns(card_contexts.OF_ORDER)],
    "follower": [following.CONTEXT],
    "ticket": [ticket_contexts.CONTEXT],
    "answer": [ticket_contexts.ANSWER],
}
CHECKS = {
    "follower": [order_followers.object_to_left],
    "order": [
        order_contexts.object_to_cancelled,
        order_contexts.object_to_asks,
        review_contexts.object_to_closed,
        campaigns.object_to_ended,
    ],
    "shipment": [parcel_contexts.object_to_asks, campaigns.object_to_ended],
    "buyer": [mailing.object_to_changed, campaigns.object_to_ended],
    "ticket": [campaigns.object_to_ended],
    "request": [campaigns.object_to_ended],
    "return": [campaigns.object_to_ended],
}

# What journeys can be about, the dates that start them, and what they can do besides writing.
SUBJECTS = {
    "order": order_subjects.ORDER,
    "shipment": parcel_subjects.SHIPMENT,
    "customer": order_subjects.PERSON,
    "request": asked.REQUESTS,
    "return": asked.RETURNS,
    "ticket": ticket_subjects.TICKET,
}
DATES = {
    "customer.birthday": customer_dates.BIRTHDAY,
    "customer.points_expiry": loyalty_dates.POINTS_EXPIRY,
}
ACTS = {
    "add_tag": customer_acts.ADD_TAG,
    "stop_marketing": customer_acts.STOP_MARKETING,
    "call_webhook": event_acts.CALL_WEBHOOK,
    "issue_coupon": loyalty_acts.ISSUE_COUPON,
    "award_points": loyalty_acts.AWARD_POINTS,
    "open_ticket": support_acts.OPEN_TICKET,
}

# Blocks of mails, in the order of the editor's menu.
BLOCKS = (*letter.BLOCKS, *order_blocks.BLOCKS, *thanks.BLOCKS)

# What conditions of segments and journeys may ask, and mails name, in the order of the editor's menu.
FIELDS = (
    *(*people.FIELDS, *post.FIELDS, *goods.FIELDS, *parcels_lent.FIELDS, *reviews.FIELDS, *thanks_lent.FIELDS),
    *tickets.FIELDS,
    *cards_lent.FIELDS,
)


# The customer's path: each function counts the points that it knows, for a period, a store and a segment.
TOUCHPOINTS = (*built_in.BUILT_IN, goods.count_inserts, own.count_own)

# What the report of parcels shows of the floors above: who asked where the order is.
ASKED = (where_is_it.asked_where,)

# What is held of a person, upper floors first: handed out and erased by customers/erasing.py.
HOLDINGS = (
    *(*journeys_held.HOLDINGS, *tickets_held.HOLDINGS, *thanks_held.HOLDINGS, *reviews_held.HOLDINGS),
    *(*parcels_held.HOLDINGS, *cards_held.HOLDINGS, *goods_held.HOLDINGS, *letters_held.HOLDINGS),
    *people_held.HOLDINGS,
)
# What the help centre says about products, for the page that their parcels lead to.
ARTICLES = (articles.articles_about,)


def hand_over() -> None:
    """Give every table to its owner; called once, when all apps are loaded."""
    inbox.read_with(READERS)
    outbox.react_with(REACTIONS, EVERY)
    clocks.run_with(CLOCKS)
    nudges.publish_with(events_tasks.publish)
    contexts.lend_with(CONTEXTS)
    blocks.lend_with(BLOCKS)
    gate.check_with(CHECKS)
    journey_subjects.lend_with(SUBJECTS)
    dates.lend_with(DATES)
    acts.lend_with(ACTS)
    touchpoints.lend_with(TOUCHPOINTS)
    parcel_figures.ask_with(ASKED)
    people_held.lend_with(HOLDINGS)
    using.lend_with(ARTICLES)
    registry.lend_with(FIELDS)
    named.lend_with(FIELDS, registry.answers)
    room.hand_over()
