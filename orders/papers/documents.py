"""Documents drawn from their content: invoice, delivery note, the application to return goods."""

from datetime import UTC, date, datetime, time
from typing import Any

from orders.papers.words import word
from shelf import formats
from shelf.pdf import INK, QUIET, TICK, Column, Paper, width_of


def document_pdf(content: dict[str, Any]) -> bytes:
    """The same content is the same file."""
    if content["kind"] == "return":
        return _Return(content).draw()
    return _Trade(content).draw()


class _Sheet:
    """What all documents have in common: title, two parties, words in one language or two."""

    def __init__(self, content: dict[str, Any]) -> None:
        self.content, self.language, self.second = content, content["language"], content["second"]
        self.issued_on = date.fromisoformat(content["issued_on"])
        self.title = f"{self.say(content['kind'])} {self.say('no')} {content['number']}".replace(
            f" {self.say('no')} ", f" {self.say('no')}\xa0" if content["number"] else ""
        )
        made_at = datetime.combine(self.issued_on, time(12), UTC)
        self.paper = Paper(title=self.title, language=self.language, made_at=made_at)
        self.paper.foot(f"{self.title} · {content['seller']['name']}")

    def say(self, key: str) -> str:
        return word(self.language, key)

    def beside(self, key: str) -> str:
        return word(self.second, key) if self.second else ""

    def both(self, key: str) -> str:
        other = self.beside(key)
        return f"{self.say(key)} / {other}" if other and other != self.say(key) else self.say(key)

    def money(self, amount: str) -> str:
        return formats.money(amount, self.content["currency"], self.language)

    def day(self, iso: str) -> str:
        return formats.day(date.fromisoformat(iso), self.language)

    def head(self) -> None:
        paper, store = self.paper, self.content["store"]
        paper.page()
        paper.fill(0, 0, paper.width, 3.2, store["accent"])
        paper.line(store["name"], paper.width - paper.margin, 10, size=9, colour=QUIET, align="right", width=80)
        paper.y = 17
        paper.block(self.title, size=17, is_bold=True)
        under = f"{self.say('of')} {self.day(self.content['issued_on'])}"
        if self.second:
            under += f"  ·  {word(self.second, self.content['kind'])}"
        paper.block(under, size=9.5, colour=QUIET)
        paper.y += 5

    def party(self, key: str, lines: list[str], x: float, width: float, top: float) -> float:
        """One of the two columns; returns where it ends."""
        paper = self.paper
        paper.y = top
        paper.block(self.both(key), x=x, width=width, size=7.5, colour=QUIET)
        first, *rest = lines or [""]
        paper.block(first, x=x, width=width, size=10.5, is_bold=True)
        for line in rest:
            paper.block(line, x=x, width=width, size=8.5)
        return paper.y

    def seller_lines(self) -> list[str]:
        seller = self.content["seller"]
        codes = [f"{label} {value}" for label, value in seller["codes"]]
        return [line for line in (seller["name"], " · ".join(codes), seller["address"]) if line]

    def buyer_lines(self) -> list[str]:
        buyer = self.content["buyer"]
        land = formats.country(buyer["country"], self.language) if buyer["country"] else ""
        place = ", ".join(part for part in (buyer["address"], land) if part)
        return [line for line in (buyer["name"] or "—", buyer["person"], place, buyer["phone"]) if line]

    def signature(self, key: str, x: float, width: float, role: str = "", name: str = "") -> None:
        paper, top = self.paper, self.paper.y
        paper.line(self.both(key), x, top, size=8, colour=QUIET, width=width)
        paper.line(role, x, top + 4.2, size=8.5, width=width)
        paper.y = top + 14
        paper.rule(INK, 0.2, x, width)
        paper.line(name, x, paper.y + 0.8, size=8.5, width=width)
        paper.y = top


class _Trade(_Sheet):
    """Invoice and delivery note."""

    def draw(self) -> bytes:
        self.head()
        self.parties()
        self.goods()
        self.sums()
        if self.content["kind"] == "invoice":
            self.payment()
        self.signatures()
        return self.paper.finish()

    def parties(self) -> None:
        paper, top = self.paper, self.paper.y
        half = paper.inner / 2 - 4
        ends = [
            self.party("seller", self.seller_lines(), paper.margin, half, top),
            self.party("buyer", self.buyer_lines(), paper.margin + half + 8, half, top),
        ]
        paper.y = max(ends) + 3
        order = self.content["order"]
        paper.block(f"{self.both('order')} {order['number']} {self.say('of')} {self.day(order['placed_on'])}", size=9)
        paper.y += 2

    def goods(self) -> None:
        columns = (
            Column(self.say("no"), 10, "right"),
            Column(self.say("title"), under=self.beside("title")),
            Column(self.say("quantity"), 20, "right", self.beside("quantity")),
            Column(self.say("price"), 30, "right", self.beside("price")),
            Column(self.say("sum"), 32, "right", self.beside("sum")),
        )
        rows = (
            (
                str(number),
                f"{line['title']}\n{self.say('sku')} {line['sku']}" if line["sku"] else line["title"],
                f"{formats.number(line['quantity'], self.language)} {self.say('unit')}",
                self.money(line["price"]),
                self.money(line["total"]),
            )
            for number, line in enumerate(self.content["lines"], start=1)
        )
        self.paper.table(columns, rows, keep=self.rest())

    def rest(self) -> float:
        """Sums, payment and signatures stay together, with the last of the goods above them."""
        is_bill = self.content["kind"] == "invoice" and not self.content["paid_on"]
        return len(self.content["sums"]) * 5.5 + 34 + 28 + (38 if is_bill else 6)

    def sums(self) -> None:
        paper, vat = self.paper, self.content["vat"]
        shown = [(self.say(key), self.money(amount)) for key, amount in self.content["sums"]]
        paper.y += 2
        for name, amount in shown if len(shown) > 1 else ():
            self.sum_line(name, amount)
        self.sum_line(self.both("total"), self.money(self.content["total"]), 12)
        self.sum_line(f"{self.say('vat')}{vat_rate(vat)}" if vat else self.say("no_vat"), vat_sum(self, vat), 8.5)
        paper.y += 2
        paper.block(f"{self.say('in_words')}:", size=7.5, colour=QUIET)
        paper.block(self.content["in_words"], size=10.5, is_bold=True)
        if self.content["seller"]["note"]:
            paper.block(self.content["seller"]["note"], size=8.5, colour=QUIET)
        paper.y += 4

    def sum_line(self, name: str, amount: str, size: float = 9.5) -> None:
        paper, right = self.paper, self.paper.width - self.paper.margin - 1.5
        is_bold = size > 10
        taken = width_of(amount, size, is_bold) + 4
        paper.line(amount, right, paper.y, size=size, is_bold=is_bold, align="right")
        paper.line(name, right - max(taken, 32), paper.y, size=size, is_bold=is_bold, align="right", width=120)
        paper.y += size * 0.55

    def payment(self) -> None:
        paper, seller = self.paper, self.content["seller"]
        if self.content["paid_on"]:
            paper.block(f"{self.both('paid')}: {self.day(self.content['paid_on'])}", is_bold=True)
            paper.y += 4
            return
        if not seller["account"] and not self.content["pay_url"]:
            return
        paper.rule()
        paper.y += 3
        top, wide = paper.y, paper.inner - (34 if self.content["pay_url"] else 0)
        if seller["account"]:
            bank = " · ".join([seller["bank"], *(f"{label} {value}" for label, value in seller["bank_codes"])])
            paper.block(f"{self.both('account')}: {in_fours(seller['account'])}", width=wide, is_bold=True)
            paper.block(f"{self.say('bank')}: {bank.removeprefix(' · ')}" if bank else "", width=wide, size=8.5)
            what = f"{self.say('for_order')} {self.content['order']['number']}"
            paper.block(f"{self.both('purpose')}: {what}", width=wide, size=8.5)
        if self.content["pay_url"]:
            left = paper.width - paper.margin - 26
            paper.code(self.content["pay_url"], left, top, 26)
            paper.line(self.say("pay_here"), left + 13, top + 26, size=7.5, align="center")
            paper.y = max(paper.y, top + 31)
        paper.y += 4

    def signatures(self) -> None:
        paper, seller = self.paper, self.content["seller"]
        is_note = self.content["kind"] == "delivery_note"
        paper.room_for(26)
        half = paper.inner / 2 - 6
        key = "handed" if is_note else "issued_by"
        self.signature(key, paper.margin, half, seller["signatory_role"], seller["signatory"])
        if is_note:
            self.signature("received", paper.margin + half + 12, half, "", self.content["buyer"]["name"])
        paper.y += 21
        paper.block(self.say("not_fiscal"), size=7.5, colour=QUIET)


def vat_rate(vat: dict[str, str]) -> str:
    return f" {vat['rate']}\xa0%" if vat.get("rate") else ""


def vat_sum(sheet: _Sheet, vat: dict[str, str]) -> str:
    return sheet.money(vat["amount"]) if vat else ""


def in_fours(account: str) -> str:
    """An IBAN as banks print it; other accounts as they are."""
    if not account[:2].isalpha():
        return account
    return " ".join(account[start : start + 4] for start in range(0, len(account), 4))


class _Return(_Sheet):
    """Filled in as far as we know; the rest by hand."""

    def draw(self) -> bytes:
        paper = self.paper
        self.head()
        top, half = paper.y, paper.inner / 2 - 4
        ends = [
            self.party("to", self.seller_lines(), paper.margin, half, top),
            self.party("from", self.buyer_lines(), paper.margin + half + 8, half, top),
        ]
        paper.y = max(ends) + 6
        order = self.content["order"]
        paper.block(self.say("please").format(number=order["number"], day=self.day(order["placed_on"])), size=10.5)
        paper.y += 2
        self.goods()
        paper.y += 6
        for key, lines in (("reason", 3), ("refund_to", 1)):
            self.gap_to_write(key, lines)
        paper.block(self.say("declare"), size=9)
        paper.y += 8
        paper.room_for(30)
        half = paper.inner / 2 - 6
        self.signature("date", paper.margin, half)
        self.signature("signature", paper.margin + half + 12, half, "", self.content["buyer"]["name"])
        paper.y += 24
        paper.block(self.say("return_note"), size=8, colour=QUIET)
        return paper.finish()

    def goods(self) -> None:
        columns = (
            Column("", 10, "center"),
            Column(self.say("title"), under=self.beside("title")),
            Column(self.say("quantity"), 20, "right", self.beside("quantity")),
            Column(self.say("sum"), 34, "right", self.beside("sum")),
        )
        rows = (
            (TICK, line["title"], formats.number(line["quantity"], self.language), self.money(line["total"]))
            for line in self.content["lines"]
        )
        self.paper.table(columns, rows)

    def gap_to_write(self, key: str, lines: int) -> None:
        paper = self.paper
        paper.room_for(6 + lines * 8)
        paper.block(self.both(key), size=8.5, colour=QUIET)
        for _line in range(lines):
            paper.y += 8
            paper.rule()
        paper.y += 6
