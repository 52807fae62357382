"""How a contestant is told apart everywhere: colour, dash and shape by its place in the roster.

Eight colours that stay apart for colour-blind eyes; the shape and, from the ninth on, the dash say the same
again without colour. Baselines are grey, dashed and hollow. The colours themselves are tokens of the style
sheet, so both themes share these names.
"""

from dataclasses import dataclass
from typing import Final

COLOURS: Final = 8
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
    # Past the eighth the shapes are shifted: the same colour never comes with the same shape.
    shape = f"m{(position + position // COLOURS * 3) % SHAPES}"
    if baseline:
        return Mark(f"b{position % GREYS} d{position % DASHES + 1} hollow", shape)
    dash = position // COLOURS % (DASHES + 1)
    return Mark(f"c{position % COLOURS}" + (f" d{dash}" if dash else ""), shape)
