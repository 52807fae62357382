"""The desk: only for who is signed in and only the own seat; what is typed is handed in, shown and taken."""

import re
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.test import Client

from agents.models import Submission
from agents.selectors.seats import pending_submission
from arena.services.seasons import season_id_of
from config.wiring import wall_ms
from interfaces.security import POLICY
from interfaces.site.desk_form import answer_of, typed_in
from tests.factories.contests import house, play, ports_for, story_of
from tests.factories.markup import read_page
from tests.factories.seats import contestant_id, last_seen, open_table, outsider, person

pytestmark = pytest.mark.django_db(transaction=True)

EMAIL = "ann@example.org"
DESK = "/desk/cup/ann/"
BUY = {
    "action-BTC": "BUY",
    "size_pct-BTC": "10",
    "leverage-BTC": "5",
    "stop_loss-BTC": "95",
    "take_profit-BTC": "110",
    "confidence-BTC": "0.9",
    "reasoning-BTC": "it <b>may</b> rise",
}


@pytest.fixture
def ann(tmp_path: Path) -> Client:
    """Open a contest with a person and sign her in."""
    user = get_user_model().objects.create_user(EMAIL)
    open_table(tmp_path, [person("ann"), outsider("ext"), *house("always_flat")], EMAIL)
    client = Client()
    client.force_login(user)
    return client


def play_one() -> None:
    season_id = season_id_of("cup")
    assert play(season_id, 1, lambda: ports_for(season_id, agent_deadline_s=0.3))


def text_of(answer: Any) -> str:
    """Return the words of a page."""
    return unescape(re.sub(r"<[^>]+>", " ", answer.content.decode()))


def test_strangers_are_asked_to_sign_in(ann: Client) -> None:
    for address in ("/desk/", DESK):
        answer = Client().get(address)
        assert (answer.status_code, answer.headers["Location"].split("?")[0]) == (302, "/admin/login/")
        assert Client().post(address, BUY).status_code == 302
    assert not Submission.objects.exists()
    assert ann.get(DESK).status_code == 200


def test_nobody_sees_or_uses_the_seat_of_somebody_else(ann: Client) -> None:
    other = Client()
    other.force_login(get_user_model().objects.create_superuser("eve@example.org"))
    assert other.get(DESK).status_code == 404
    assert other.post(DESK, BUY).status_code == 404
    assert ann.get("/desk/cup/ext/").status_code == 404
    assert ann.get("/desk/cup/always-flat/").status_code == 404
    assert "You decide for no contestant yet" in text_of(other.get("/desk/"))
    assert not Submission.objects.exists()


def test_the_desk_leads_to_the_only_seat(ann: Client) -> None:
    assert ann.get("/desk/").headers["Location"] == DESK


def test_a_form_without_its_token_is_refused(ann: Client) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = ann.cookies
    assert strict.post(DESK, BUY).status_code == 403
    assert not Submission.objects.exists()
    page = strict.get(DESK).content.decode()
    found = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)
    assert found is not None
    assert strict.post(DESK, {**BUY, "csrfmiddlewaretoken": found[1]}).status_code == 302
    assert Submission.objects.count() == 1


def test_what_is_handed_in_is_shown_as_read_and_taken_by_the_next_round(ann: Client) -> None:
    answer = ann.post(DESK, BUY, follow=True)
    shown = text_of(answer)
    assert "no round has taken it yet" in shown
    assert "BUY BTC: 10" in shown
    assert "leverage 5" in shown
    play_one()
    assert [fill[0] for fill in story_of("ann")["fills"]] == ["BTC"]
    play_one()  # settles the market up to it, so that the position has a mark
    after = text_of(ann.get(DESK))
    assert "Nothing waits" in after
    assert "long" in after


def test_what_was_typed_stands_in_the_form_again(ann: Client) -> None:
    page = ann.post(DESK, BUY, follow=True).content.decode()
    assert "<option selected>BUY</option>" in page
    assert 'name="stop_loss-BTC" value="95"' in page
    assert "it &lt;b&gt;may&lt;/b&gt; rise" in page
    assert "<b>may</b>" not in page


def test_what_cannot_be_read_is_said_and_nothing_is_corrected(ann: Client) -> None:
    shown = text_of(ann.post(DESK, {**BUY, "leverage-BTC": "a lot"}, follow=True))
    assert "Decision 1: The leverage is not a whole number." in shown
    doubted = text_of(ann.post(DESK, {**BUY, "leverage-BTC": "50"}, follow=True))
    assert "BUY BTC: 10" in doubted
    assert "Decision 1, if nothing changes:" in doubted


def test_an_empty_form_is_a_chosen_hold(ann: Client) -> None:
    assert "Hold everything." in text_of(ann.post(DESK, {"submit": "1"}, follow=True))
    play_one()
    assert story_of("ann")["turns"][0][1:3] == ("held", "")


def test_what_waits_can_be_withdrawn(ann: Client) -> None:
    ann.post(DESK, BUY)
    assert pending_submission(contestant_id("ann"), wall_ms()) is not None
    assert "Nothing waits" in text_of(ann.post(DESK, {"withdraw": "1"}, follow=True))
    assert not Submission.objects.exists()


def test_an_open_page_is_a_person_who_is_there(ann: Client) -> None:
    assert last_seen("ann") == 0
    ann.get(DESK + "?fragment=1")
    assert wall_ms() - last_seen("ann") < 60_000


def test_the_page_says_until_when_a_round_is_open_and_shows_the_market(ann: Client) -> None:
    play_one()
    shown = text_of(ann.get(DESK))
    assert "RSI 14" in shown
    assert "What you hand in now is taken by the next round" in shown
    assert "Equity, USDT" in shown


def test_the_page_keeps_the_policy_and_is_in_nobodys_cache(ann: Client) -> None:
    for address in (DESK, DESK + "?fragment=1"):
        answer = ann.get(address)
        assert answer.headers["Content-Security-Policy"] == POLICY
        assert "no-store" in answer.headers["Cache-Control"]
        reading = read_page(answer.content.decode())
        assert reading.inline == []
        assert len(reading.ids) == len(set(reading.ids))
    assert read_page(ann.get(DESK).content.decode()).tags.count("h1") == 1


def test_a_form_becomes_an_answer_and_an_answer_a_form_again() -> None:
    raw = answer_of({**BUY, "action-ETH": " HOLD "}, ("BTC", "ETH", "SOL"))
    typed = typed_in(raw)
    assert set(typed) == {"BTC", "ETH"}
    assert typed["BTC"] == {name.split("-")[0]: value for name, value in BUY.items()}
    assert typed["ETH"]["action"] == "HOLD"
    for other in (b"", b"[]", b"\xff", b'{"decisions": 5}', b'{"decisions": [5]}', b"[" * 9_999):
        assert typed_in(other) == {}


def test_a_limit_a_trailing_stop_and_a_reversal_can_be_asked_for(ann: Client) -> None:
    play_one()
    asked = {"limit_price-BTC": "99", "trailing_pct-BTC": "1.5", "reverse-BTC": "1"}
    assert 'name="limit_price-BTC"' in ann.get(DESK).content.decode()
    words = text_of(ann.post(DESK, {**BUY, **asked}, follow=True))
    assert "limit 99" in words
    assert "trailing by 1.5" in words
    assert "closing the other side first" in words


def test_what_was_typed_about_terms_is_shown_again() -> None:
    asked = {"limit_price-BTC": "99", "trailing_pct-BTC": "tight", "reverse-BTC": "1"}
    typed = typed_in(answer_of({**BUY, **asked}, ["BTC"]))["BTC"]
    assert (typed["limit_price"], typed["trailing_pct"], typed["reverse"]) == ("99", "tight", "True")
