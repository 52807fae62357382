"""Questions to seats are kept for a while, answers for good."""

from pathlib import Path

import pytest
from django.contrib.auth import get_user_model

from agents.models import Invitation, Submission
from arena.services.seasons import season_id_of
from tests.factories.contests import SLUG, house, play, ports_for, says
from tests.factories.seats import contestant_id, open_table, person, submit

pytestmark = pytest.mark.django_db(transaction=True)
EMAIL = "ann@example.org"


def test_old_questions_are_dropped_and_old_answers_kept(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("agents.services.seats.KEPT_ROUNDS", 2)
    get_user_model().objects.create_user(EMAIL)
    open_table(tmp_path, [person("ann"), *house("always_flat")], EMAIL)
    season_id = season_id_of(SLUG)
    for _ in range(4):
        submit("ann", says())
        assert play(season_id, 1, lambda: ports_for(season_id, agent_deadline_s=0.6))
    kept = Invitation.objects.filter(contestant_id=contestant_id("ann")).order_by("number")
    assert list(kept.values_list("number", flat=True)) == [3, 4]
    assert Submission.objects.count() == 4
