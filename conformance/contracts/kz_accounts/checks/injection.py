"""kz-accounts 34: what is injected into path, query or headers is refused or harmless, and never carried out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from urllib.parse import quote

from conformance.contracts.kz_accounts.answers import Answer
from conformance.contracts.kz_accounts.client import Accounts
from conformance.contracts.kz_accounts.judgement import not_served, rejected, served
from conformance.contracts.kz_accounts.seen import is_readable, media_type
from conformance.contracts.kz_accounts.wire import DEFAULT_PAGE_SIZE, LARGEST_PAGE_SIZE
from conformance.engine.check import check
from conformance.engine.observation import Expected, at_most, expect, given, lacking, one_of, other_than

REFUSALS = (400, 403, 404)  # 403 is what a firewall in front of the API answers
NO_OUTAGE = Expected("anything but 429 or 5xx", lambda status: status < 500 and status != 429)

# --- statements and templates (34) ------------------------------------------------------------------------

CONDITION = "' OR '1'='1"
FACTOR, OTHER_FACTOR = 1_299_709, 1_299_721
PRODUCT = str(FACTOR * OTHER_FACTOR)  # too long to stand by chance in the id of a request
STATEMENTS = {
    "a condition of SQL on a number": "1 OR 1=1",
    "a condition of SQL in double quotes": '" OR ""="',
    "a second statement of SQL": "1;DROP TABLE x--",
    "a comparison of a document database": '{"$gt":""}',
}
TEMPLATES = {
    "a template in double braces": f"{{{{{FACTOR}*{OTHER_FACTOR}}}}}",
    "a template after a dollar sign": f"${{{FACTOR}*{OTHER_FACTOR}}}",
}

IN_QUERY = {what: STATEMENTS[what] for what in ("a second statement of SQL", "a comparison of a document database")}
IN_QUERY |= TEMPLATES


@check("KZA-INJECTION-01")
def statements_as_account_id_are_not_carried_out(accounts: Accounts) -> None:
    """
    Statements of SQL and of document databases and templates in place of an accountId are refused, not carried out.

    The answer to a template never holds the product that it asks for, which the request itself does not hold.
    """
    accounts.balances()  # listed accounts are served
    given("answer to an unknown balance", accounts.balance(accounts.made_up_account_id()).status, one_of(*REFUSALS))
    # The topic inputs judges the plain condition; who carries it out is not judged twice.
    given("answer to a plain condition as accountId", accounts.balance(CONDITION).status, one_of(*REFUSALS))
    nothing_is_carried_out(accounts, "accountId", STATEMENTS | TEMPLATES, accounts.balance)


@check("KZA-INJECTION-01")
def statements_as_type_are_not_carried_out(accounts: Accounts) -> None:
    """
    Statements of SQL and of document databases and templates in place of a type are refused, not carried out.

    The answer to a template never holds the product that it asks for, which the request itself does not hold.
    """

    def ask(text: str) -> Answer:
        return accounts.listing(size=1, types=[text])

    if not accounts.dialect.has_types:
        accounts.first()  # without an account nothing can be told about the target
        nothing_is_carried_out(accounts, "pageSize", IN_QUERY, lambda text: accounts.listing(size=text))
        return
    served("type=SAVINGS", ask("SAVINGS"))
    # A plain condition after a name is for the topic inputs as well.
    given("answer to a type and a plain condition", ask("SAVINGS" + CONDITION).status, one_of(*REFUSALS))
    nothing_is_carried_out(accounts, "type", IN_QUERY, ask)


def nothing_is_carried_out(
    accounts: Accounts, where: str, payloads: Mapping[str, str], ask: Callable[[str], Answer]
) -> None:
    for what, answer in answers_to(accounts, payloads, ask).items():
        if what in TEMPLATES:
            evaluated = PRODUCT in text_of(answer) or any(PRODUCT in value for _, value in answer.reply.headers)
            expect(f"whether {what} in {where} is evaluated", evaluated, False, evidence=answer.exchange)
        rejected(f"{what} as {where}", answer, *REFUSALS)


def answers_to(accounts: Accounts, payloads: Mapping[str, str], ask: Callable[[str], Answer]) -> Mapping[str, Answer]:
    return dict(zip(payloads, accounts.together(ask, payloads.values()), strict=True))


def text_of(answer: Answer) -> str:
    return answer.reply.body.decode("utf-8", "replace")


# --- steps up in a path (34) ------------------------------------------------------------------------------


@check("KZA-INJECTION-02")
def steps_up_in_a_path_lead_nowhere(accounts: Accounts) -> None:
    """
    Steps up in place of an accountId are served nothing, neither a file nor an account that they lead to.

    The listed account is served at its own path, and neither an unknown account nor an unknown path is served.
    """
    account = quote(accounts.balances()[0][0].id, safe="")
    unknown, balance = accounts.made_up_account_id(), accounts.dialect.balance
    for what, path in (("account", balance(unknown)), ("path", balance(f"{unknown}/nothing/nothing"))):
        given(f"answer to an unknown {what}", accounts.send(path).status, one_of(*REFUSALS))
    steps = {
        "encoded steps up to a file": "..%2f..%2fetc%2fpasswd",
        "steps up with encoded dots": "%2e%2e/%2e%2e/",
        "doubled steps up": "....//",
        "a step up to a listed account": f"..%2f{account}",
        "a step up to a listed account, encoded twice": f"%252e%252e%252f{account}",
        "a doubled step up to a listed account": f"....%2f%2f{account}",
        "a step from an unknown account to a listed one": f"{unknown}%2f..%2f{account}",
    }
    for what, answer in answers_to(accounts, steps, lambda text: accounts.send(balance(text))).items():
        shows = answer.status == 200 and not is_readable(answer)
        expect(f"whether {what} shows something other than JSON", shows, False, evidence=answer.exchange)
        not_served(what, answer)


# --- line breaks and tags (34) ----------------------------------------------------------------------------


@check("KZA-INJECTION-03")
def line_breaks_never_become_headers(accounts: Accounts) -> None:
    """An encoded line break in a path or query never starts a header of the answer."""
    dialect, injected = accounts.dialect, "%0d%0aX-Injected:%20yes"
    account, listing = quote(accounts.first().id, safe=""), dialect.accounts()
    twin = accounts.pages_of_accounts()[0]
    given("header X-Injected of an ordinary answer", twin.header("X-Injected"), None)
    targets = {
        "pageSize": f"{listing}?pageSize=10{injected}",
        "an unknown parameter": f"{listing}?lang=ru{injected}",
        "an accountId": dialect.balance(account + injected),
        "an unknown path": f"{listing}/nothing{injected}",
    }
    for what, answer in answers_to(accounts, targets, accounts.send).items():
        found = answer.header("X-Injected")
        expect(f"header X-Injected after a line break in {what}", found, None, evidence=answer.exchange)
        given(f"answer to a line break in {what}", answer.status, NO_OUTAGE)


TAG = "<script>alert(1)</script>"


@check("KZA-INJECTION-04")
def tags_are_never_sent_back_as_a_page(accounts: Accounts) -> None:
    """
    A tag of the request never comes back as it stands in a body that is not JSON, and turns no answer into HTML.

    The same request without the tag is not answered with HTML. The page of a firewall (403) may be HTML, as long as
    it does not repeat the tag.
    """
    accounts.first()  # without an account nothing can be told about the target
    listing = accounts.dialect.accounts()
    places: dict[str, Callable[[str], Answer]] = {
        "an accountId": accounts.balance,
        "type": lambda text: accounts.listing(types=[text]),
        "pageSize": lambda text: accounts.listing(size=text),
        "an unknown parameter": lambda text: accounts.listing(size=10, extra=[("callback", text)]),
        "an unknown path": lambda text: accounts.send(f"{listing}/{quote(text, safe='')}"),
    }
    for what, ask in places.items():
        given(f"content type with a word in {what}", media_type(ask("script")), other_than("text/html"))
        answer = ask(TAG)
        form = media_type(answer)
        sent_back = form != "application/json" and TAG in text_of(answer)
        expect(f"whether a tag in {what} comes back in a body that is not JSON", sent_back, False)
        if answer.status != 403:
            expect(f"content type with a tag in {what}", form, other_than("text/html"))
        given(f"answer to a tag in {what}", answer.status, NO_OUTAGE)


# --- repeated parameters (34, 49, 64) ---------------------------------------------------------------------

SIZES = ("pageSize=5&pageSize=101", "pageSize[]=101", "pageSize=5,101")


@check("KZA-INJECTION-05")
def sizes_given_oddly_never_lengthen_a_page_of_accounts(accounts: Accounts) -> None:
    """
    A pageSize given twice or like an array lets no page of accounts grow: it is refused with 400 or kept within bounds.

    None of these requests names a lawful size above the default, so a longer page shows that 101 was taken.
    """
    if len(accounts.all()) <= DEFAULT_PAGE_SIZE:
        lacking(f"a client with more than {DEFAULT_PAGE_SIZE} accounts")
    path = accounts.dialect.accounts()
    pages_stay_short(accounts, "accounts", lambda query: accounts.send(path, query), lambda one: len(one.accounts))


@check("KZA-INJECTION-05")
def sizes_given_oddly_never_lengthen_a_page_of_transactions(accounts: Accounts) -> None:
    """
    A pageSize given twice or like an array lets no page of transactions grow: it is refused or kept within bounds.

    None of these requests names a lawful size above the default, so a longer page shows that 101 was taken.
    """
    history = accounts.history(at_least=DEFAULT_PAGE_SIZE + 1)
    path, dialect = accounts.transactions_path(history.account), accounts.dialect
    window = "&".join(
        f"{name}={quote(f'{moment:%Y-%m-%dT%H:%M:%SZ}', safe='')}"
        for name, moment in ((dialect.start_parameter, history.start), (dialect.end_parameter, history.end))
    )
    pages_stay_short(
        accounts,
        "transactions",
        lambda query: accounts.send(path, f"{window}&{query}"),
        lambda one: len(one.transactions),
    )


def pages_stay_short(
    accounts: Accounts, name: str, ask: Callable[[str], Answer], length: Callable[[Answer], int]
) -> None:
    """The topic paging judges sizes that are given once; where they do not hold, nothing shows here."""
    for query, size in (("pageSize=5", 5), ("pageNumber=1", DEFAULT_PAGE_SIZE)):
        given(f"number of {name} with {query}", length(served(query, ask(query))), at_most(size))
    given(f"answer to pageSize={LARGEST_PAGE_SIZE + 1}", ask(f"pageSize={LARGEST_PAGE_SIZE + 1}").status, 400)
    for query, answer in answers_to(accounts, {text: text for text in SIZES}, ask).items():
        rejected(f"{name} with {query}", answer, 200, 400)
        if answer.status == 200:
            what = f"number of {name} with {query}"
            expect(what, length(answer), at_most(DEFAULT_PAGE_SIZE), evidence=answer.exchange)


# --- commands to sleep (34) -------------------------------------------------------------------------------

SLEEPS = ("'; WAITFOR DELAY '0:0:3'--", "' OR SLEEP(3)--", "'||pg_sleep(3)--")  # 3 seconds each
STRETCHED_MS = 2500


@check("KZA-INJECTION-06")
def a_command_to_sleep_is_not_carried_out(accounts: Accounts) -> None:
    """
    A command to the database to sleep, in an accountId or in the query, does not delay the answer.

    A delay counts when two requests in a row take at least 2.5 seconds longer than the slowest harmless one.
    """
    accounts.balances()  # listed accounts are served
    nothing_sleeps(accounts, "an accountId", accounts.balance)
    if accounts.dialect.has_types:
        nothing_sleeps(accounts, "type", lambda text: accounts.listing(types=[text]))
    else:
        nothing_sleeps(accounts, "pageSize", lambda text: accounts.listing(size=text))


def nothing_sleeps(accounts: Accounts, where: str, ask: Callable[[str], Answer]) -> None:
    """One after the other, so that no request waits for another one; a harmless one stands between two tries."""
    harmless = [ask("nothing").reply.elapsed_ms, ask("nothing else").reply.elapsed_ms]
    for payload in SLEEPS:
        answer = ask(payload)
        delays = [answer.reply.elapsed_ms - max(harmless)]
        if delays[0] >= STRETCHED_MS:
            harmless.append(ask("nothing").reply.elapsed_ms)
            answer = ask(payload)
            delays = [delays[0], answer.reply.elapsed_ms - max(harmless)]
        slept = len(delays) == 2 and min(delays) >= STRETCHED_MS
        expect(f"whether {payload} in {where} delays the answer", slept, False, evidence=answer.exchange)
        given(f"answer to {payload} in {where}", answer.status, NO_OUTAGE)


# --- stuffed headers (34) ---------------------------------------------------------------------------------

LONG_ACCEPT = ", ".join([*(f"application/vnd.none{number:03}+json;q=0.5" for number in range(105)), "application/json"])
MANY_HEADERS = tuple((f"X-Unknown-{number}", f"value {number}") for number in range(40))


@check("KZA-INJECTION-07")
def stuffed_headers_are_served_or_refused(accounts: Accounts) -> None:
    """
    An Accept of 4 KB and 40 unknown headers are served, or refused for what they are.

    400, 406 and 431 are such refusals; the token and the path are the same as in the request that is served.
    """
    accounts.first()  # the largest page of the list is served without them
    for what, headers in (("an Accept of 4 KB", (("Accept", LONG_ACCEPT),)), ("40 unknown headers", MANY_HEADERS)):
        rejected(
            f"the list with {what}",
            accounts.listing(page=1, size=LARGEST_PAGE_SIZE, headers=headers),
            200,
            400,
            406,
            431,
        )
