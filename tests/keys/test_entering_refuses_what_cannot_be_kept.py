"""Ids, prompts and keys that no database or no tape could bear are refused before anything is looked up."""

import pytest
from django.test import Client

from accounts.domain.scrubbing import KNOWN
from agents.domain.llm.entry import ContestantForm, EntryError, check_entry
from agents.selectors.catalogue import catalogue
from tests.factories.keys import body, post
from tests.factories.provider_server import ProviderServer

pytestmark = pytest.mark.django_db


@pytest.mark.usefixtures("season")
def test_an_id_that_can_be_none_is_not_looked_up(operator: Client) -> None:
    assert operator.get("/api/v1/errands/%00").status_code == 404


@pytest.mark.parametrize("prompt", ["a\ud800b", "a\0b"])
def test_a_prompt_that_no_database_can_hold_is_refused(prompt: str) -> None:
    with pytest.raises(EntryError, match="no text"):
        check_entry(ContestantForm(name="a", kind="openai", prompt=prompt), catalogue(), allow_loopback=False)


@pytest.mark.usefixtures("season")
@pytest.mark.parametrize("key", ["decisions", "take_profit", '{"decisions":[{"symbol"'])
def test_no_word_of_an_answer_can_be_posted_as_a_key_and_struck_out_of_answers(
    operator: Client, ready: ProviderServer, key: str
) -> None:
    answer = post(operator, "contestants", body(ready, key=key))
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, "key")
    assert KNOWN.scrub(f"x {key}") == f"x {key}"
