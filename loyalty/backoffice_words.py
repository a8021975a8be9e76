"""What each list of the portal is, in words: a line above it, and what an empty one says. By the model's label, for the
words of all lists are read, weighed and translated together."""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True)
class Words:
    """`about` stands above the list; `empty` says what comes here and how."""

    about: str | Promise
    empty: str | Promise
    icon: str = "inbox"


WORDS = {
    "loyalty.Member": Words(
        _("Everybody your brand knows, with or without a card."),
        _("Enter your first member by hand, or import the list you have. Who joins by the app appears by themselves."),
        "group",
    ),
    "programs.Membership": Words(
        _("Who takes part in which program: the card, what is on it, the tier it has reached."),
        _("A member gets a card by being enrolled in a program. Points are counted on the card."),
        "badge",
    ),
    "programs.Program": Words(
        _("What you offer: how points are earned, how long they last, what they can be spent on."),
        _("A program says what a purchase earns. Open one, then enrol members or let tills do it."),
        "loyalty",
    ),
    "programs.Campaign": Words(
        _("Promotions for a time, for some members, with a budget: what each has given and how much is left."),
        _("A campaign gives beside the rules of its program while it is active. Draft one, try it, activate it."),
        "campaign",
    ),
    "programs.Segment": Words(
        _("Members who have something in common: by conditions that hold at every moment, or as a list that you keep."),
        _("Make a segment, say VIP guests, and rules and campaigns can be for its members alone."),
        "diversity_3",
    ),
    "programs.EventType": Words(
        _("What members do besides buying, as your systems tell it: rules can give points for it."),
        _("Name a kind of event, say review.written, and what it tells; then make a rule about it."),
        "bolt",
    ),
    "programs.ProgramLink": Words(
        _("Partners: what members buy in one program earns in the other too, once both brands have agreed."),
        _("Propose to a partner that purchases with you earn with them as well, at a rate that you both agree to."),
        "handshake",
    ),
    "programs.LimitCounter": Words(
        _("How much of limits and budgets is used: by whom, of which rule or campaign, in which period."),
        _("Limits are counted from the first time that a rule or campaign with one gives something."),
        "speed",
    ),
    "programs.Tier": Words(
        _("The levels of your programs, and the points that lead there. They are changed on the program's page."),
        _("Add tiers on the page of a program: regulars will have something to reach for."),
        "military_tech",
    ),
    "programs.Reward": Words(
        _("What members can have for their points: what it costs, how many are left, how many were claimed."),
        _("Enter a reward, say a free coffee for 100 points, and activate it: members see it among their offers."),
        "redeem",
    ),
    "programs.Voucher": Words(
        _("Every voucher, the newest first: look one up by its whole code, in any spelling."),
        _("A voucher is issued when a member claims a reward or fills a stamp card, or when you make many codes."),
        "confirmation_number",
    ),
    "programs.VoucherBatch": Words(
        _("Codes made together, say for a mailing: how far they are, their file, and a way to take them out of use."),
        _("Ask for 1 to 1,000,000 codes of a reward, or of a percentage or amount that is in no catalogue."),
        "qr_code_2_add",
    ),
    "programs.VoucherUse": Words(
        _("What was redeemed where, for which order, and how much it took off."),
        _("Redeem a voucher at the counter, or let your tills do it: each redemption shows here."),
        "local_activity",
    ),
    "programs.StampCard": Words(
        _("Cards that members fill with stamps; a full one is a voucher for a reward."),
        _("Make a card, say the tenth coffee free: staff, tills, rules and a code on the counter can stamp it."),
        "loyalty",
    ),
    "programs.StampSheet": Words(
        _("Who collects on which card, and how full it is. A member has one open card of each at a time."),
        _("A member shows here from the first stamp on, or when they join a card."),
        "group_work",
    ),
    "programs.Stamp": Words(
        _("Every stamp with what it was given for. What was undone stays, and says so."),
        _("Stamps are given by staff, tills, rules, or by members who scan the code on the counter."),
        "approval",
    ),
    "programs.TillDevice": Words(
        _("Tills that redeem without a line, each with a key of its own. Revoke one that is lost."),
        _("A till registers itself: open the till page in its browser, and give it a server key once."),
        "tablet",
    ),
    "programs.OfflineScan": Words(
        _("What tills redeemed without a line, with the verdict on each. What is held waits for your decision."),
        _("When a till that was off line has a line again, what it redeemed is settled and shows here."),
        "cloud_off",
    ),
    "programs.SigningKey": Words(
        _("The keys that sign QR codes. A new one is published an hour before it signs."),
        _("The first key is made when somebody shows a QR code, or asks for the keys."),
        "key_vertical",
    ),
    "exchange.Exchange": Words(
        _("What members exchanged of the points of one program for points of another, the newest first."),
        _("When a member exchanges points with a program you have an agreement with, it shows here step by step."),
        "currency_exchange",
    ),
    "stuck exchanges": Words(
        _(
            "Too many attempts to settle these failed. Try them again when the cause is gone, or give them up: then "
            "the points that were set aside are the members' again."
        ),
        _("Nothing is stuck. What cannot be settled after several attempts comes here, and waits for you."),
        "task_alt",
    ),
    "exchange.Agreement": Words(
        _("What you and other brands agreed on: which points can be exchanged for which, and at what price."),
        _("Propose to another brand that members can exchange points. When it has accepted, you set the rate."),
        "contract",
    ),
    "exchange.Bonus": Words(
        _("Times in which exchanges of a pair give more than its rate."),
        _("Open a pair under Rates and add a bonus, say 30 % more for a week."),
        "percent",
    ),
    "exchange.Gift": Words(
        _("Points that members gave each other, the newest first."),
        _("When a member gives points to another one, it shows here."),
        "volunteer_activism",
    ),
    "exchange.Household": Words(
        _("Members who spend their points together. They begin, join and leave households by themselves."),
        _("When members begin a household, it shows here."),
        "family_home",
    ),
    "exchange.PooledSpend": Words(
        _("What households spent together, and how many of the points came from whom."),
        _("When a household spends points, it shows here with everybody's share."),
        "groups",
    ),
    "exchange.TransferPolicy": Words(
        _("How points may pass from member to member, for programs that say more than what is usual."),
        _("Programs without a policy let members give points that are pending for a day. Add one to say otherwise."),
        "policy",
    ),
    "loyalty.Notification": Words(
        _("What members were told, by which way, and why not where they were not. The words are not kept."),
        _("When something happens that members are told of, each message shows here. Say first how they are told."),
        "outgoing_mail",
    ),
    "loyalty.NotificationTemplate": Words(
        _("Your own words of messages. A template switches its kind on for its channel."),
        _("Built-in words in English and Dutch are used. Add a template to say it in your own."),
        "edit_note",
    ),
    "loyalty.NotificationSettings": Words(
        _("In whose name, when and how often members are told things, and through which providers."),
        _("Members are told nothing yet. Add this once for your brand to begin."),
        "tune",
    ),
    "loyalty.WebhookEndpoint": Words(
        _("Your systems that are told of what happens here: each event signed, in order, and again until it is taken."),
        _("Enter the address of a system of yours, say your CRM: it is told of points, tiers and vouchers."),
        "webhook",
    ),
    "loyalty.WebhookDelivery": Words(
        _("What was sent to your systems and what they answered, the newest first."),
        _("Deliveries show here once there is a webhook and something happens. Send a test event from its page."),
        "send",
    ),
    "programs.EventSource": Words(
        _("Systems of yours that tell us what happens there, each with a secret of its own with which it signs."),
        _("Enter the web shop, till or app that sends events; you get the address and the secret to enter there."),
        "input",
    ),
    "programs.EventMapping": Words(
        _("What events of your systems mean here: a member joins, a purchase, a return, or something that rules like."),
        _("guest.registered, order.paid and order.returned are understood as they are. Say here what others mean."),
        "schema",
    ),
    "programs.InboundEvent": Words(
        _("What your systems told us, once each, and what came of it. What failed waits for you to put it right."),
        _("Nothing has been told yet. Enter a system that sends events, or send one to /api/events with a server key."),
        "move_to_inbox",
    ),
    "programs.Receipt": Words(
        _("Purchases that came without a member: who holds the receipt can claim its points until it expires."),
        _("Tills send receipts that no member was named for to /api/receipts; those that can be claimed show here."),
        "receipt",
    ),
    "loyalty.Location": Words(
        _("Where you sell: vouchers are redeemed, stamps given and reports made by location."),
        _("Enter your shops with the short names that their tills send."),
        "location_on",
    ),
    "ledger.Posting": Words(
        _("Every movement of points, the newest first. Nothing here is ever changed: a reversal puts right a mistake."),
        _("Points move when a till, a shop or one of you records a purchase or gives points. It will show here."),
        "receipt_long",
    ),
    "loyalty.ApprovalRequest": Words(
        _("What one person asked for and another one decides. Nobody approves their own."),
        _("Nothing was ever asked for. The limits above which a second person is needed stand on the brand's page."),
        "rule",
    ),
    "loyalty.Run": Words(
        _("Imports, exports and changes of many members at once: how far they are, and what came of them."),
        _("Start an import or an export from the list of members, or choose members there and change them together."),
        "sync",
    ),
    "programs.Purchase": Words(
        _("Purchases as tills and shops sent them, the newest first."),
        _("Connect a till or shop with a server key, or record a purchase at the till of this portal."),
        "shopping_bag",
    ),
    "programs.Return": Words(
        _("Goods that came back, and the purchases they belong to."),
        _("When a till or shop sends a return, the points it costs are taken back and it shows here."),
        "assignment_return",
    ),
    "ledger.Hold": Words(
        _("Points set aside until a purchase is settled. What is not captured in time goes back by itself."),
        _("Tills and shops set points aside while somebody pays with them. None has yet."),
        "hourglass_top",
    ),
    "loyalty.Brand": Words(
        _("The brand, and the limits above which a second person has to agree."),
        _("Open the first brand: its programs, people and members come after it."),
        "storefront",
    ),
    "loyalty.Staff": Words(
        _("Who works for the brand. Admins do everything, staff the daily work, partners only earn and redeem."),
        _("Invite your colleagues: each has a login of their own, so that the history says who did what."),
        "work",
    ),
    "loyalty.Person": Words(
        _("The logins of those who work for your brand only. Who works elsewhere too keeps their own affairs."),
        _("Give somebody a post under Staff, and their login shows here."),
        "person",
    ),
    "loyalty.SignOn": Words(
        _("How the brand's people sign in with the accounts they have at work, by OpenID Connect."),
        _("Name your identity provider and which of its groups do what here. Passwords go on until you close them."),
        "badge",
    ),
    "loyalty.ServerKey": Words(
        _("The keys by which tills, shops and servers speak to us. Each is shown once, when it is made."),
        _("Make a key for each till or shop with no more rights than it needs, so that one can be taken back alone."),
        "key",
    ),
    "loyalty.Event": Words(
        _("What happened, in order: what webhooks and reports are made of."),
        _("Events are written when something changes. Nothing has yet."),
        "history",
    ),
    "ledger.LedgerEntry": Words(
        _("The books themselves: each movement with the account that gave and the account that got."),
        _("The books are empty: no point has been moved."),
        "swap_horiz",
    ),
    "ledger.Lot": Words(
        _("Points earned together, and when they expire. What expires first is spent first."),
        _("Each earning makes a lot. None has been earned."),
        "layers",
    ),
    "ledger.Account": Words(
        _("Where points lie: one account for each card, and a program's own for what it gave out and got back."),
        _("Accounts are opened with a program and with each card."),
        "account_balance",
    ),
    "ledger.Seal": Words(
        _("The chain of seals over the books: a changed entry breaks it."),
        _("The worker seals the books every few minutes once points have moved."),
        "lock",
    ),
    "programs.Submission": Words(
        _("Requests whose senders asked to be answered later."),
        _("None waits: every request was answered at once."),
        "schedule_send",
    ),
    "procrastinate.ProcrastinateJob": Words(
        _("What the worker does and has done. Failed jobs need somebody to look at them."),
        _("The worker has had nothing to do yet. If that lasts, see whether it runs."),
        "manufacturing",
    ),
    "token_blacklist.OutstandingToken": Words(
        _("Who is logged in to the API."),
        _("Nobody has logged in to the API yet."),
        "vpn_key",
    ),
}


def words_of(label: str, plural: str) -> Words:
    """The words of the list of a model; plain ones where nobody wrote any."""
    return WORDS.get(label) or Words("", _("There are no %(things)s yet.") % {"things": plural})
