"""Authors' templates in their limited child: what they cannot see, what they cannot break, and what is left of it."""

import multiprocessing
import os
import re
import signal
import subprocess
import threading
from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import product
from pathlib import Path
from time import monotonic, sleep

import pytest
from django.utils.translation import override
from markupsafe import Markup

from messaging.rendering import CannotRender, CompiledContent, MissingVariable, TemplateRefused, sandbox, wire

KNOWN = {"order": {"number": "text", "total": "money", "lines": [{"title": "text"}]}, "customer": {"name": "text"}}
DATA = {
    "order": {"number": "1001", "total": Decimal("12.50"), "lines": [{"title": "Tea"}] * 3},
    "customer": {"name": "Olena"},
}


def words(text: str) -> str:
    return f"<mjml><mj-body><mj-section><mj-column><mj-text>{text}</mj-text></mj-column></mj-section></mj-body></mjml>"


def check(text: str) -> list[str]:
    with override("en"):
        return [str(p.what) for p in sandbox.check_limited("Hello", "", words(text), "", KNOWN)]


def fill(source: str, data: dict = DATA, language: str = "en") -> str:
    with override("en"):
        return sandbox.render_limited(CompiledContent("", "", "", source), data, language, "Europe/Kyiv").text.strip()


def children_of(pid: int) -> list[str]:
    """State letters of the processes below this one."""
    found = subprocess.run(["ps", "--ppid", str(pid), "-o", "stat="], capture_output=True, text=True, check=False)
    return found.stdout.split()


# --- what comes through


def test_a_mail_is_filled_as_it_would_be_without_the_child():
    content = sandbox.compile_limited("№ {{ order.number }}", "", words("{{ order.total | money: 'UAH' }}"), "")

    mail = sandbox.render_limited(content, DATA, "uk", "Europe/Kyiv")

    assert mail.subject == "№ 1001"
    assert "12,50\xa0₴" in mail.html and "12,50\xa0₴" in mail.text


def test_amounts_moments_and_html_keep_their_kind_on_the_way():
    data = {
        "amount": Decimal("1.20"),
        "at": datetime(2026, 11, 22, 12, 0, tzinfo=UTC),
        "on": date(2026, 11, 22),
        "html": Markup("<b>"),
        "none": None,
        "many": [1, 2.5, True, "так"],
    }

    there = wire.unpack(wire.pack(data))

    assert there == data
    assert [type(value) for value in there.values()] == [Decimal, datetime, date, Markup, type(None), list]


def test_problems_come_back_with_line_and_variable():
    (problem,) = sandbox.check_limited("Hello", "", words("\n{{ order.nmber }}"), "", KNOWN)

    with override("uk"):
        assert (problem.line, problem.variable, problem.part) == (2, "order.nmber", "mjml")
        assert "order.nmber" in str(problem.what)


def test_what_cannot_be_compiled_is_refused_with_its_problems():
    with pytest.raises(TemplateRefused) as refused:
        sandbox.compile_limited("Hello", "", "<mjml><mj-body><mj-nonsense/></mj-body></mjml>", "")

    assert refused.value.problems[0].what.values["tag"] == "mj-nonsense"


def test_a_missing_variable_is_named():
    with pytest.raises(MissingVariable) as missing:
        fill("{{ customer.age }}")

    assert missing.value.variable == "customer.age"


# --- what a template cannot see

INSIDES = (
    "__class__", "__mro__", "__subclasses__", "__init__", "__globals__", "__builtins__", "__dict__", "__module__",
    "__doc__", "__reduce__", "_meta", "objects", "settings", "password", "items", "keys", "values", "pk", "request",
    "__getattribute__",
)  # fmt: skip
HOLDERS = (
    "customer", "customer.name", "order", "order.total", "order.lines", "order.lines.first", "order.lines[0].title",
    "forloop", "nothing", "settings",
)  # fmt: skip
PROBES = [f"{holder}.{inside}" for holder, inside in product(HOLDERS, INSIDES)]


def test_two_hundred_probes_find_nothing():
    assert len(PROBES) == 200
    secret = re.compile(r"class|module|function|method|object at|builtin|dict|SECRET|django", re.IGNORECASE)

    for probe in PROBES:
        refused = check("{{ " + probe + " }}")
        assert refused and probe in refused[0], probe
        try:
            assert not secret.search(fill("{{ " + probe + " }}")), probe
        except CannotRender:
            continue


@pytest.mark.parametrize(
    "source",
    [
        "{% include 'secrets' %}",
        "{% render '/etc/passwd' %}",
        "{% extends 'base' %}",
        "{% load admin %}",
        "{% debug %}",
        "{% python %}1{% endpython %}",
        "{{ 'x' | eval }}",
        "{{ 'x' | env }}",
        "{{ '/etc/passwd' | read }}",
        "{{ customer.name | attr: '__class__' }}",
    ],
)
def test_tags_and_filters_that_reach_outside_do_not_exist(source):
    assert check(source)
    with pytest.raises(CannotRender):
        fill(source)


def test_the_child_holds_none_of_our_secrets(monkeypatch):
    monkeypatch.setenv("DATABASE_URL", "postgres://who:cares@nowhere/x")
    sandbox._stop()

    fill("hello {{ customer.name }}")

    with open(f"/proc/{sandbox._child.process.pid}/environ") as told:
        environment = told.read()
    assert "postgres://" not in environment and "SECRET" not in environment


# --- what a template cannot break

LOOP, END = "{% for a in order.lines %}", "{% endfor %}"
BIG = {"order": {"lines": [{"title": "x" * 100}] * 1000, "number": "1" * 16000, "total": 1}, "customer": {"name": "O"}}
BOMBS = {
    "empty loops": LOOP * 18 + END * 18,
    "nested loops": LOOP * 6 + "{{ a.title }}" + END * 6,
    "loops side by side": (LOOP + "x" + END) * 900,
    "loops that write": LOOP + LOOP + "{{ a.title }}{{ a.title }}{{ a.title }}" + END + END,
    "too deep": "{% if 1 %}" * 3000,
    "deep and closed": "{% if 1 %}" * 1500 + "{% endif %}" * 1500,
    "huge range": "{% for i in (1..1000000000) %}{% endfor %}",
    "range of ranges": "{% for i in (1..99999) %}{% for j in (1..99999) %}{% endfor %}{% endfor %}",
    "range with a variable": "{% assign n = 999999999 %}{% for i in (1..n) %}{% endfor %}",
    "width of a date": "{{ 'now' | date: '%999999999d' }}",
    "width of a number": "{{ 1 | number: 999999999 }}",
    "round to millions of places": "{{ 1 | round: 999999999 }}",
    "truncate to a billion": "{{ order.number | truncate: 999999999, order.number }}",
    "power by times": "{% assign n = 999999999999 %}" + "{% assign n = n | times: n %}" * 40 + "{{ n }}",
    "doubling text": "{% assign t = order.number %}" + "{% assign t = t | append: t %}" * 40 + "{{ t }}",
    "doubling by replace": "{% assign t = order.number %}" + "{% assign t = t | replace: '1', t %}" * 20 + "{{ t }}",
    "doubling by capture": "{% capture t %}xxxxxxxx{% endcapture %}"
    + "{% capture t %}{{ t }}{{ t }}{{ t }}{{ t }}{% endcapture %}" * 30
    + "{{ t }}",
    "splitting and joining": "{% assign t = order.number %}"
    + "{% assign t = t | split: '' | join: t %}" * 10
    + "{{ t }}",
    "many names": "".join(f"{{% assign v{n} = order.number %}}" for n in range(1500)),
    "tag without an end": "{{ " + "x" * 60_000,
    "thousand openers": "{{" * 20_000,
    "thousand percent openers": "{%" * 20_000,
    "spaces in a tag": "{{ order.number" + " " * 900 + "}}",
    "spaces before a filter": ("{{ order.number" + " " * 79 + "| upcase }}") * 500,
    "long chain of filters": "{{ order.number" + " | upcase" * 100 + " }}",
    "chain of chains": ("{{ order.number" + " | append: order.number" * 30 + " }}") * 60,
    "brackets": "{{ order" + "[order" * 150 + "]" * 150 + " }}",
    "brackets without an end": "{{ order" + "[" * 900 + " }}",
    "quotes without an end": "{{ '" + "\\'" * 400 + " }}",
    "conditions": "{% if " + " and ".join(["order.number"] * 60) + " %}x{% endif %}" * 2,
    "comments in comments": "{% comment %}" * 500 + "{% endcomment %}" * 500,
    "case of cases": "{% case order.number %}" + "{% when 'a', 'b', 'c' %}x" * 2000 + "{% endcase %}",
}

REFUSED = {  # before anything is rendered; the others are stopped at it, or end by themselves
    *("too deep", "deep and closed", "huge range", "range of ranges", "range with a variable", "width of a date"),
    *("tag without an end", "thousand openers", "thousand percent openers", "spaces in a tag", "brackets"),
    *("brackets without an end", "quotes without an end", "conditions", "comments in comments"),
}


@pytest.mark.parametrize("name", BOMBS)
def test_every_bomb_ends_within_three_seconds_and_in_words(name):
    started = monotonic()
    told = check(BOMBS[name])
    checked = monotonic()
    assert told or name not in REFUSED
    try:
        written = fill(BOMBS[name], BIG)
    except CannotRender as refusal:
        with override("en"):
            told.append(str(refusal))
        written = ""
    rendered = monotonic()

    assert checked - started < 3 and rendered - checked < 3
    assert len(written) < 300_000
    assert all(re.search(r"\w+ \w+", sentence) for sentence in told)


def test_there_are_thirty_bombs_and_half_of_them_are_refused_at_once():
    assert len(BOMBS) >= 30
    assert len(REFUSED & set(BOMBS)) == 15


def test_a_template_of_a_megabyte_is_refused_at_once():
    started = monotonic()

    told = check("x {{ order.number }} " * 50_000)

    assert monotonic() - started < 3
    assert "The source is longer than 65536 characters." in told


def test_what_takes_too_long_ends_with_a_sentence_that_says_so(monkeypatch):
    monkeypatch.setattr(sandbox, "SECONDS", 0.0005)

    assert check("hello") == ["The template took longer than two seconds. Look for long lists inside long lists."]
    with pytest.raises(CannotRender, match="longer than two seconds"):
        fill("hello {{ order.number }}")
    with pytest.raises(TemplateRefused, match="longer than two seconds"):
        sandbox.compile_limited("Hello", "", words("hello"), "")


def test_what_takes_too_much_memory_ends_with_a_sentence_that_says_so(monkeypatch):
    fill("hello")
    with open(f"/proc/{sandbox._child.process.pid}/statm") as told:
        megabytes = int(told.read().split()[0]) * os.sysconf("SC_PAGESIZE") // 1024**2
    monkeypatch.setattr(sandbox, "MEGABYTES", megabytes + 1)

    with pytest.raises(CannotRender, match="MB of memory"):
        fill("{{ order.number }}" * 10, {"order": {"number": "1" * 16000, "lines": ["x" * 1000] * 4000}})
    for most in (megabytes, megabytes + 1, megabytes + 2):  # so little that even the sentence finds no room
        monkeypatch.setattr(sandbox, "MEGABYTES", most)
        assert check(BOMBS["case of cases"]) == [
            f"The template needs more than {most} MB of memory. Look for lists that grow."
        ]


# --- what is left of it


def test_twenty_previews_leave_no_process_behind():
    content = CompiledContent("Hello", "", "<p>{{ customer.name }}</p>", "{{ customer.name }}")
    sandbox.render_limited(content, DATA, "en", "Europe/Kyiv")
    child = sandbox._child.process.pid
    started = monotonic()

    for _n in range(20):
        sandbox.render_limited(content, DATA, "en", "Europe/Kyiv")

    assert (monotonic() - started) / 20 < 0.1  # 8 ms on a quiet machine
    assert sandbox._child.process.pid == child
    sleep(0.1)
    assert children_of(child) == []
    assert not [state for state in children_of(os.getpid()) if state.startswith("Z")]


def test_a_child_killed_from_outside_is_started_again():
    fill("hello")
    before = sandbox._child.process.pid

    os.kill(before, signal.SIGKILL)

    assert fill("hello {{ customer.name }}") == "hello Olena"
    assert sandbox._child.process.pid != before
    assert not os.path.exists(f"/proc/{before}")


def test_a_fork_killed_at_its_work_is_told_in_words():
    fill("hello")
    said: list[str] = []
    asker = threading.Thread(target=lambda: said.extend(check(BOMBS["case of cases"])))  # works for 0.4 s
    before = forks_of(sandbox._child.process.pid)  # that of "hello" may not have left yet

    asker.start()
    while not (new := forks_of(sandbox._child.process.pid) - before):
        assert asker.is_alive()
    [fork] = new
    while ticks_of(fork) < 10:  # a tenth of a second of work: it has begun, and is not nearly done
        assert asker.is_alive()
    os.kill(fork, signal.SIGKILL)
    asker.join()

    assert said == ["The reader of templates was stopped while it worked. Try once more."]
    assert fill("hello {{ customer.name }}") == "hello Olena"


def ticks_of(pid: int) -> int:
    times = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[11:13]
    return sum(map(int, times))


def forks_of(pid: int) -> set[int]:
    return {int(fork) for fork in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()}


def test_previews_of_several_threads_do_not_mix_their_answers():
    answers: dict[int, str] = {}

    def ask(number: int) -> None:
        answers[number] = fill("{{ order.number }}", {"order": {"number": str(number)}})

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert answers == {number: str(number) for number in range(12)}


def _ask_in_a_fork(answers) -> None:
    answers.put((fill("hello {{ customer.name }}"), sandbox._child.process.pid))
    sandbox._stop()


def test_a_forked_worker_starts_a_child_of_its_own():
    fill("hello")
    ours = sandbox._child.process.pid
    context = multiprocessing.get_context("fork")
    answers = context.Queue()

    worker = context.Process(target=_ask_in_a_fork, args=(answers,))
    worker.start()
    said, theirs = answers.get(timeout=20)
    worker.join(timeout=20)

    assert said == "hello Olena" and theirs != ours
    assert fill("still {{ customer.name }}") == "still Olena" and sandbox._child.process.pid == ours


def test_the_child_ends_with_the_process_that_asked():
    script = (
        "from django.conf import settings; settings.configure()\n"
        "import os\n"
        "from messaging.rendering import CompiledContent, sandbox\n"
        "sandbox.render_limited(CompiledContent('a', '', '', ''), {}, 'en', 'UTC')\n"
        "print(sandbox._child.process.pid, flush=True)\n"
        "os.kill(os.getpid(), 9)\n"
    )
    asked = subprocess.run([os.sys.executable, "-c", script], capture_output=True, text=True, check=False)

    child = int(asked.stdout)
    for _n in range(50):
        if not os.path.exists(f"/proc/{child}"):
            break
        sleep(0.1)
    assert not os.path.exists(f"/proc/{child}")
