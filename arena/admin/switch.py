"""The switch's page gets its hands: a turn reaches every season whose market goes on."""

from arena.services.switch import turn
from trading.admin import register_switch

register_switch(turn)
