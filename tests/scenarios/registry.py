"""Named scenarios of the person graph: what is delivered on which day, and who is who at the end.

All scenarios share one warehouse under ids of their own, so each must hold beside all others.
Identifiers are written as `kind:value` (customer_id, login_id, visitor_id, email, phone).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

#: A row of a landing table: family/format, and its columns.
Row = tuple[str, dict[str, str]]


def moment(day: int, clock: str = "10:00") -> str:
    """A time of October 2026, UTC."""
    return f"2026-10-{20 + day:02}T{clock}:00Z"


@dataclass
class Scenario:
    """Deliveries by day (1 to 4), and the partition that they must end in."""

    name: str
    days: dict[int, list[Row]] = field(default_factory=lambda: {1: [], 2: [], 3: [], 4: []})
    #: Groups of identifiers; each is one person, and no two groups share one.
    persons: list[set[str]] = field(default_factory=list)
    #: Identifiers that the bridge must not hold at all.
    absent: set[str] = field(default_factory=set)
    #: (visitor, time) and (number, time) with an identifier of the person that they belong to.
    sessions: list[tuple[str, str, str | None]] = field(default_factory=list)
    calls: list[tuple[str, str, str | None]] = field(default_factory=list)
    #: Events of the history that daily runs must leave: (event, count).
    history: dict[str, int] = field(default_factory=dict)

    def visit(
        self,
        day: int,
        visitor: str,
        clock: str = "10:00",
        consent: str = "granted",
        **identifiers: str,
    ) -> None:
        """A page view."""
        number = sum(len(rows) for rows in self.days.values())
        row = {
            "event_id": f"{self.name}-{number}",
            "event_name": "page_view",
            "occurred_at": moment(day, clock),
            "visitor_id": visitor,
            "consent_navigation_linking": consent,
            "page_url": "https://bank.example/",
            **identifiers,
        }
        self.days[day].append(("web_tags/flat", row))

    def customer(self, day: int, customer: str, **columns: str) -> None:
        """A customer of the CRM."""
        row = {"customer_id": customer, "kind": "person", "created_at": "2026-01-01T00:00:00Z"}
        self.days[day].append(("crm/customers", row | columns))

    def identifier(
        self, day: int, customer: str, kind: str, value: str, since: str = "", until: str = ""
    ) -> None:
        """What the CRM declares of a customer."""
        row = {"customer_id": customer, "kind": kind, "value": value}
        self.days[day].append(("crm/identifiers", row | {"valid_from": since, "valid_to": until}))

    def call(self, day: int, number: str, clock: str = "11:00", customer: str = "") -> None:
        """An answered inbound call."""
        row = {
            "call_id": f"{self.name}-{day}-{clock}",
            "direction": "inbound",
            "caller_number": number,
            "dialled_number": "+33170180000",
            "started_at": moment(day, clock),
            "outcome": "answered",
            "customer_id": customer,
        }
        self.days[day].append(("call_records/flat", row))

    def contact(self, day: int, **columns: str) -> None:
        """A contact in another channel."""
        row = {"contact_id": f"{self.name}-{day}", "channel": "email", "occurred_at": moment(day)}
        self.days[day].append(("crm/contacts", row | {"direction": "inbound"} | columns))

    def consent(self, day: int, kind: str, subject: str, status: str, clock: str = "09:00") -> None:
        """A decision on navigation linking."""
        row = {
            "consent_id": f"{self.name}-{day}-{clock}-{status}",
            "subject_kind": kind,
            "subject": subject,
            "purpose": "navigation_linking",
            "status": status,
            "at": moment(day, clock),
        }
        self.days[day].append(("crm/consents", row))

    def decision(self, day: int, left: str, right: str, decision: str) -> None:
        """What a steward says of two customers."""
        row = {"left_customer_id": left, "right_customer_id": right, "decision": decision}
        self.days[day].append(("crm/identity_decisions", row | {"decided_at": moment(day)}))


def chain() -> Scenario:
    """A visitor, a login, a customer, an address, another visitor: one link a day."""
    s = Scenario("chain")
    s.visit(1, "ch-v1", login_id="ch-login")
    s.customer(2, "ch-c")
    s.identifier(2, "ch-c", "login_id", "ch-login")
    s.identifier(3, "ch-c", "email", "ch@example.org")
    s.visit(4, "ch-v2", email="CH@example.org ")
    s.persons = [
        {"visitor_id:ch-v1", "login_id:ch-login", "customer_id:ch-c", "email:ch@example.org",
         "visitor_id:ch-v2"}
    ]  # fmt: skip
    return s


def diamond() -> Scenario:
    """Two ways between a visitor and a customer."""
    s = Scenario("diamond")
    s.customer(1, "di-c")
    s.identifier(1, "di-c", "email", "di@example.org")
    s.identifier(2, "di-c", "phone", "+33612000001")
    s.visit(3, "di-v", email="di@example.org")
    s.visit(4, "di-v", phone="06 12 00 00 01")
    s.persons = [
        {"customer_id:di-c", "email:di@example.org", "phone:+33612000001", "visitor_id:di-v"}
    ]
    return s


def long_chain() -> Scenario:
    """Nine identifiers in a row, delivered from both ends."""
    s = Scenario("long_chain")
    s.visit(1, "lo-v1", email="lo1@example.org")
    s.visit(4, "lo-v2", email="lo1@example.org")
    s.visit(2, "lo-v2", "12:00", phone="+33612000011")
    s.visit(3, "lo-v3", phone="+33612000011")
    s.visit(1, "lo-v3", "12:00", email="lo3@example.org")
    s.visit(2, "lo-v4", email="lo3@example.org")
    s.visit(3, "lo-v4", "12:00", login_id="lo-login")
    s.customer(1, "lo-c")
    s.identifier(1, "lo-c", "login_id", "lo-login")
    s.persons = [
        {"visitor_id:lo-v1", "visitor_id:lo-v2", "visitor_id:lo-v3", "visitor_id:lo-v4",
         "email:lo1@example.org", "email:lo3@example.org", "phone:+33612000011",
         "login_id:lo-login", "customer_id:lo-c"}
    ]  # fmt: skip
    return s


def late_bridge() -> Scenario:
    """Two persons turn out to be one on the fourth day; the older id stays."""
    # a number that examples use has a subscriber all the same
    s = Scenario("late_bridge")
    s.visit(1, "la-v", email="la@example.org")
    s.customer(2, "la-c")
    s.identifier(2, "la-c", "phone", "+33612345678")
    s.call(3, "+33612345678")
    s.contact(4, customer_id="la-c", email="la@example.org")
    s.persons = [
        {"visitor_id:la-v", "email:la@example.org", "customer_id:la-c", "phone:+33612345678"}
    ]
    s.calls = [("+33612345678", moment(3, "11:00"), "customer_id:la-c")]
    s.history = {"merged_into": 1}
    return s


def shared_phone() -> Scenario:
    """A number that the CRM gives to five customers joins none of them."""
    s = Scenario("shared_phone")
    for number in range(5):
        s.customer(1 + number % 4, f"sh-c{number}")
        s.identifier(1 + number % 4, f"sh-c{number}", "phone", "+33112000031")
        s.identifier(1 + number % 4, f"sh-c{number}", "email", f"sh{number}@example.org")
    s.call(4, "+33112000031")
    s.persons = [{f"customer_id:sh-c{n}", f"email:sh{n}@example.org"} for n in range(5)]
    s.persons.append({"phone:+33112000031"})
    return s


def excluded_values() -> Scenario:
    """Two people type the same invented number and share a guest account: that joins nobody."""
    s = Scenario("excluded_values")
    for name in ("1", "2"):
        s.visit(int(name), f"ex-v{name}", phone="06 00 00 00 00", login_id="guest")
        s.visit(int(name), f"ex-v{name}", "10:05", email=f"ex{name}@example.org")
    s.call(3, "+33600000000")
    s.persons = [{f"visitor_id:ex-v{n}", f"email:ex{n}@example.org"} for n in (1, 2)]
    s.absent = {"phone:+33600000000", "login_id:guest"}
    s.calls = [("+33600000000", moment(3, "11:00"), None)]
    return s


def two_logins() -> Scenario:
    """A family's device: a session is whose login is nearest."""
    s = Scenario("two_logins")
    for who in ("a", "b"):
        s.customer(1, f"tw-c{who}")
        s.identifier(1, f"tw-c{who}", "login_id", f"tw-{who}")
    s.visit(1, "tw-v", "10:00")
    s.visit(1, "tw-v", "10:05", login_id="tw-a")
    s.visit(3, "tw-v", "20:00")
    s.visit(3, "tw-v", "20:05", login_id="tw-b")
    s.visit(4, "tw-v", "07:00")
    s.persons = [{"customer_id:tw-ca", "login_id:tw-a"}, {"customer_id:tw-cb", "login_id:tw-b"}]
    s.sessions = [
        ("tw-v", moment(1), "customer_id:tw-ca"),
        ("tw-v", moment(3, "20:00"), "customer_id:tw-cb"),
        ("tw-v", moment(4, "07:00"), "customer_id:tw-cb"),
    ]
    return s


def two_devices() -> Scenario:
    """One login on two devices, the second without being logged in at first."""
    s = Scenario("two_devices")
    s.visit(1, "de-v1", login_id="de-login")
    s.visit(2, "de-v2")
    s.visit(3, "de-v2", login_id="de-login")
    s.persons = [{"visitor_id:de-v1", "visitor_id:de-v2", "login_id:de-login"}]
    s.sessions = [("de-v2", moment(2), "login_id:de-login")]
    return s


def changed_email() -> Scenario:
    """An old address and a new one are the same customer's."""
    s = Scenario("changed_email")
    s.customer(1, "em-c")
    s.identifier(1, "em-c", "email", "em-old@example.org")
    s.visit(1, "em-v1", email="em-old@example.org")
    s.identifier(3, "em-c", "email", "em-old@example.org", until=moment(3, "00:00"))
    s.identifier(3, "em-c", "email", "em-new@example.org", since=moment(3, "00:00"))
    s.visit(4, "em-v2", email="em-new@example.org")
    s.persons = [
        {"customer_id:em-c", "email:em-old@example.org", "email:em-new@example.org",
         "visitor_id:em-v1", "visitor_id:em-v2"}
    ]  # fmt: skip
    return s


def recycled_number() -> Scenario:
    """A number given up and given to somebody else; between the two it is nobody's."""
    s = Scenario("recycled_number")
    s.customer(1, "re-c1")
    s.customer(1, "re-c2")
    s.identifier(1, "re-c1", "phone", "+33612000041")
    s.call(1, "+33612000041")
    s.identifier(2, "re-c1", "phone", "+33612000041", until=moment(2, "00:00"))
    s.identifier(3, "re-c2", "phone", "+33612000041", since=moment(3, "00:00"))
    s.call(2, "+33612000041")
    s.call(4, "+33612000041")
    s.persons = [{"customer_id:re-c1"}, {"customer_id:re-c2"}]
    s.calls = [
        ("+33612000041", moment(1, "11:00"), "customer_id:re-c1"),
        ("+33612000041", moment(2, "11:00"), None),
        ("+33612000041", moment(4, "11:00"), "customer_id:re-c2"),
    ]
    return s


def withdrawn_consent() -> Scenario:
    """A visitor withdraws on the third day: the joins go, those of another device stay."""
    s = Scenario("withdrawn_consent")
    s.customer(1, "wi-c")
    s.identifier(1, "wi-c", "login_id", "wi-login")
    s.visit(1, "wi-v1", login_id="wi-login")
    s.visit(2, "wi-v2", login_id="wi-login")
    s.consent(3, "visitor_id", "wi-v1", "withdrawn")
    s.persons = [{"customer_id:wi-c", "login_id:wi-login", "visitor_id:wi-v2"}]
    s.absent = {"visitor_id:wi-v1"}
    s.sessions = [("wi-v1", moment(1), None), ("wi-v2", moment(2), "customer_id:wi-c")]
    return s


def withdrawn_by_customer() -> Scenario:
    """Protection widens: a withdrawal by an address unjoins all the customer's devices."""
    s = Scenario("withdrawn_by_customer")
    s.customer(1, "wc-c")
    s.identifier(1, "wc-c", "login_id", "wc-login")
    s.identifier(1, "wc-c", "email", "wc@example.org")
    s.visit(1, "wc-v", login_id="wc-login")
    s.consent(3, "email", "wc@example.org", "withdrawn")
    s.persons = [
        {"customer_id:wc-c", "login_id:wc-login", "email:wc@example.org"},
        {"visitor_id:wc-v"},
    ]
    return s


def withdrawn_by_other_number() -> Scenario:
    """A withdrawal by one of a customer's numbers counts for the other; the spouse on the device
    keeps their visits; a new consent joins nothing earlier."""
    s = Scenario("withdrawn_by_other_number")
    for name in ("c1", "c2", "sp"):
        s.customer(1, f"wn-{name}")
    s.decision(1, "wn-c1", "wn-c2", "same")
    s.identifier(1, "wn-c2", "login_id", "wn-login")
    s.identifier(1, "wn-sp", "login_id", "wn-spouse")
    s.visit(1, "wn-v", login_id="wn-login")
    s.visit(2, "wn-v", login_id="wn-spouse")
    s.visit(2, "wn-w", email="wn@example.org", login_id="wn-login")
    s.consent(3, "customer_id", "wn-c1", "withdrawn")
    s.consent(3, "customer_id", "wn-c1", "granted", "20:00")
    s.visit(3, "wn-x", "19:00", email="wn@example.org")
    s.visit(4, "wn-v2", login_id="wn-login")
    s.persons = [
        {"customer_id:wn-c1", "customer_id:wn-c2", "login_id:wn-login", "visitor_id:wn-v2"},
        {"customer_id:wn-sp", "login_id:wn-spouse"},
    ]
    s.sessions = [
        ("wn-v", moment(1), None),
        ("wn-v", moment(2), "customer_id:wn-sp"),
        ("wn-w", moment(2), None),
        ("wn-x", moment(3, "19:00"), None),
        ("wn-v2", moment(4), "customer_id:wn-c1"),
    ]
    return s


def no_consent() -> Scenario:
    """Unknown means no, and a later consent joins nothing earlier."""
    s = Scenario("no_consent")
    s.visit(1, "no-v1", consent="", login_id="no-login")
    s.visit(2, "no-v2", consent="denied", login_id="no-login")
    s.visit(1, "no-v3", consent="", login_id="no-login2")
    s.visit(3, "no-v3", consent="granted")
    s.absent = {"visitor_id:no-v1", "visitor_id:no-v2", "login_id:no-login", "login_id:no-login2"}
    s.persons = [{"visitor_id:no-v3"}]
    s.sessions = [("no-v3", moment(1), None), ("no-v3", moment(3), "visitor_id:no-v3")]
    return s


def stewards() -> Scenario:
    """A steward's word beats a shared login, and joins what nothing else would."""
    s = Scenario("stewards")
    for name in ("1", "2", "3", "4"):
        s.customer(1, f"st-c{name}")
    s.identifier(1, "st-c1", "login_id", "st-login")
    s.identifier(2, "st-c2", "login_id", "st-login")
    s.decision(3, "st-c2", "st-c1", "different")
    s.decision(4, "st-c3", "st-c4", "same")
    s.persons = [
        {"customer_id:st-c1"},
        {"customer_id:st-c2"},
        {"customer_id:st-c3", "customer_id:st-c4"},
    ]
    return s


def merge_then_split() -> Scenario:
    """Two customers are one for a day, then two again."""
    s = Scenario("merge_then_split")
    for name in ("1", "2"):
        s.customer(1, f"me-c{name}")
        s.identifier(1, f"me-c{name}", "email", f"me{name}@example.org")
    s.decision(2, "me-c1", "me-c2", "same")
    s.decision(3, "me-c1", "me-c2", "different")
    s.persons = [
        {"customer_id:me-c1", "email:me1@example.org"},
        {"customer_id:me-c2", "email:me2@example.org"},
    ]
    s.history = {"merged_into": 1, "split_from": 1}
    return s


def weak_bridge() -> Scenario:
    """A form filled in for a friend doesn't join two customers: the weakest sign is cut."""
    s = Scenario("weak_bridge")
    for name in ("1", "2"):
        s.customer(1, f"we-c{name}")
        s.identifier(1, f"we-c{name}", "email", f"we{name}@example.org")
        s.identifier(1, f"we-c{name}", "login_id", f"we-{name}")
        s.visit(2, f"we-v{name}", login_id=f"we-{name}")
    s.visit(3, "we-v1", email="we2@example.org")
    s.persons = [
        {
            f"customer_id:we-c{n}",
            f"email:we{n}@example.org",
            f"login_id:we-{n}",
            f"visitor_id:we-v{n}",
        }
        for n in (1, 2)
    ]
    return s


def scenarios() -> Iterator[Scenario]:
    """Every scenario."""
    for make in (
        chain, diamond, long_chain, late_bridge, shared_phone, excluded_values, two_logins,
        two_devices, changed_email, recycled_number, withdrawn_consent, withdrawn_by_customer,
        withdrawn_by_other_number, no_consent, stewards, merge_then_split, weak_bridge,
    ):  # fmt: skip
        yield make()
