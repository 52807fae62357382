"""How a contestant is told apart everywhere: colour, dash and shape by its place in the roster.

Eight colours that stay apart for colour-blind eyes; the shape and, from the thirteenth on, the dash say the
same again without colour. Baselines are grey, dashed and hollow. The colours themselves are tokens of the
style sheet, so both themes share these names.
"""

from dataclasses import dataclass
from typing import Final

COLOURS: Final = (0, 1, 2, 3, 4, 5, 6, 3, 4, 5, 6, 7)
"""Colour of each place. The usual roster has its grey yardsticks at 3 to 6, so those colours come again."""
SHAPES: Final = 8
GREYS: Final = 3
DASHES: Final = 4


@dataclass(frozen=True, slots=True)
class Mark:
    """Class names of a contestant's line and the id of its shape."""

    css: str
    shape: str


def mark_of(position: int, *, baseline: bool = False) -> Mark:
    """Return the mark of the contestant at this place in the roster."""
    # Past the eighth place the shapes are shifted: the same colour never comes with the same shape.
    shape = f"m{(position + position // SHAPES * 3) % SHAPES}"
    if baseline:
        return Mark(f"b{position % GREYS} d{position % DASHES + 1} hollow", shape)
    dash = position // len(COLOURS) % (DASHES + 1)
    return Mark(f"c{COLOURS[position % len(COLOURS)]}" + (f" d{dash}" if dash else ""), shape)
