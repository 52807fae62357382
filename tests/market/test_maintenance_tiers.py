"""The table of maintenance tiers: read exactly, refused where it does not add up, used by every market."""

import json
from decimal import Decimal
from pathlib import Path

import pytest

from kernel.units import SCALE
from trading.adapters.ccxt_public.answers import instrument_from
from trading.adapters.listing import LISTINGS, instrument_of, listing_of
from trading.adapters.tier_table import PATH, known_tiers, read_tiers
from trading.domain.tiers import check_tiers, maintenance_of

RECORDED = Path(__file__).parents[3] / "shared/data/binance_usdm_leverage_tiers_2024-10.json"

HEAD = 'source = "here"\ndate = "2024-10"\n[tiers]\n'

SOUND = '["100", "0.01", "0", 50],\n["500", "0.02", "1", 20],\n'


def test_every_row_is_the_recorded_one() -> None:
    if not RECORDED.exists():
        pytest.skip("the recorded brackets are not beside this checkout")
    recorded = json.loads(RECORDED.read_text(), parse_float=Decimal)
    assert {name.split("/")[0] for name in recorded} == set(known_tiers())
    for name, rows in recorded.items():
        for tier, row in zip(known_tiers()[name.split("/")[0]], rows, strict=True):
            assert tier.floor == row["min_notional"] * SCALE
            assert tier.cap == row["max_notional"] * SCALE
            assert tier.rate == row["maintenance_margin_rate"] * SCALE
            assert tier.amount == row["cumulative_maintenance"] * SCALE
            assert tier.max_leverage == row["max_leverage"]


def test_the_table_names_its_source_and_date() -> None:
    text = PATH.read_text()
    assert 'date = "2024-10"' in text
    assert "Binance USD-M" in text


def test_maintenance_never_jumps_where_one_tier_ends() -> None:
    for tiers in known_tiers().values():
        for tier in tiers[:-1]:
            assert abs(maintenance_of(tiers, tier.cap + 1) - maintenance_of(tiers, tier.cap)) <= 1


@pytest.mark.parametrize(
    ("table", "said"),
    [
        (SOUND.replace('"1"', '"2"'), "BTC: tier 2 must have the cumulative amount 100000000"),
        (SOUND.replace('"500"', '"90"'), "BTC: tier 2 must begin where the last one ends, at no lower rate"),
        (SOUND.replace('"0.02"', '"0.005"'), "BTC: tier 2 must begin where the last one ends"),
        (SOUND.replace('"0.02"', '"1.0"'), "BTC: tier 2 must begin where the last one ends"),
        (SOUND.replace('"0.02"', '"NaN"'), "BTC: tier 2: 'NaN' is not a plain decimal number"),
        (SOUND.replace('"0.02"', "0.02"), "BTC: tier 2 must be a cap, a rate and an amount as texts"),
        (SOUND.replace(", 20]", "]"), "BTC: tier 2 must be a cap, a rate and an amount as texts"),
        (SOUND.replace(", 20]", ", 0]"), "BTC: tier 2 must have the cumulative amount"),
        ("", "BTC: the table of maintenance tiers has no row for it"),
    ],
)
def test_a_wrong_table_is_refused(table: str, said: str) -> None:
    with pytest.raises(ValueError, match=said.replace("(", r"\(")):
        read_tiers(f"{HEAD}BTC = [\n{table}]\n")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[tiers", "is no TOML"),
        ("[tiers]\nBTC = []\n", "needs a source, a date and a table"),
        ('source = "x"\ndate = "y"\n', "needs a source, a date and a table"),
    ],
)
def test_a_table_without_its_origin_is_refused(text: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        read_tiers(text)


def test_a_sound_table_is_read() -> None:
    assert [tier.max_leverage for tier in read_tiers(f"{HEAD}BTC = [\n{SOUND}]\n")["BTC"]] == [50, 20]


def test_offline_markets_use_the_table_and_one_careful_tier_where_it_is_silent() -> None:
    bitcoin = instrument_of("BTC", 60_000 * SCALE)
    assert bitcoin.brackets == known_tiers()["BTC"]
    assert (bitcoin.maintenance_rate, bitcoin.max_leverage) == (SCALE * 4 // 1_000, 125)
    for symbol in {*LISTINGS, "PEPE"} - set(known_tiers()):
        silent = instrument_of(symbol, listing_of(symbol).price)
        assert silent.tiers == ()
        assert len(silent.brackets) == 1
        assert silent.maintenance_rate >= SCALE // 100


def test_a_venue_that_tells_no_tiers_gets_those_of_the_table_within_its_own_leverage() -> None:
    market = {"contractSize": 1, "limits": {"leverage": {"max": 40}}}
    instrument = instrument_from("BTC", market, 60_000 * SCALE)
    check_tiers("BTC", instrument.tiers)
    assert instrument.max_leverage == 40
    assert [tier.max_leverage for tier in instrument.tiers][:5] == [40, 40, 40, 40, 25]
    assert [tier.rate for tier in instrument.tiers] == [tier.rate for tier in known_tiers()["BTC"]]
