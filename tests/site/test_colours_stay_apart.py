"""The contestants' colours, as eyes with the usual kinds of colour blindness see them."""

import re
from itertools import combinations
from pathlib import Path

import pytest

CSS = Path("interfaces/static/arena/arena.css").read_text()
THEMES = {"dark": 0, "light": 1}
Colour = tuple[float, float, float]

# Machado, Oliveira and Fernandes (2009), severity 1.0, on linear RGB.
EYES: dict[str, tuple[Colour, Colour, Colour]] = {
    "usual": ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    "protanopia": (
        (0.152286, 1.052583, -0.204868),
        (0.114503, 0.786281, 0.099216),
        (-0.003882, -0.048116, 1.051998),
    ),
    "deuteranopia": (
        (0.367322, 0.860646, -0.227968),
        (0.280085, 0.672501, 0.047413),
        (-0.011820, 0.042940, 0.968881),
    ),
}


def token(name: str, theme: str) -> str:
    return str(re.findall(rf"--{name}: (#[0-9a-f]{{6}})", CSS)[THEMES[theme]])


def linear(colour: str) -> Colour:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return red, green, blue


def dot(a: Colour, b: Colour) -> float:
    return sum(x * y for x, y in zip(a, b, strict=True))


def lab(colour: Colour) -> Colour:
    x = dot((0.4124, 0.3576, 0.1805), colour) / 0.95047
    y = dot((0.2126, 0.7152, 0.0722), colour)
    z = dot((0.0193, 0.1192, 0.9505), colour) / 1.08883
    fx, fy, fz = (max(v, 0.0) ** (1 / 3) if v > 0.008856 else 7.787 * v + 16 / 116 for v in (x, y, z))
    return 116 * fy - 16, 500 * (fx - fy), 200 * (fy - fz)


def seen(colour: str, eye: str) -> Colour:
    rows, light = EYES[eye], linear(colour)
    red, green, blue = (min(max(dot(row, light), 0.0), 1.0) for row in rows)
    return lab((red, green, blue))


def difference(one: str, other: str, eye: str) -> float:
    a, b = seen(one, eye), seen(other, eye)
    return float(sum((x - y) ** 2 for x, y in zip(a, b, strict=True)) ** 0.5)


def contrast(one: str, other: str) -> float:
    lights = sorted(dot((0.2126, 0.7152, 0.0722), linear(colour)) for colour in (one, other))
    return (lights[1] + 0.05) / (lights[0] + 0.05)


@pytest.mark.parametrize("eye", sorted(EYES))
@pytest.mark.parametrize("theme", sorted(THEMES))
def test_any_two_colours_are_told_apart(theme: str, eye: str) -> None:
    colours = {f"c{n}": token(f"c{n}", theme) for n in range(8)}
    close = {
        f"{a}-{b}": round(difference(colours[a], colours[b], eye), 1)
        for a, b in combinations(colours, 2)
        if difference(colours[a], colours[b], eye) < 10
    }
    assert close == {}


@pytest.mark.parametrize("name", ["ink", "second", "third", "true", *(f"c{n}" for n in range(8))])
@pytest.mark.parametrize("theme", sorted(THEMES))
def test_text_has_enough_contrast_with_the_page(theme: str, name: str) -> None:
    assert contrast(token(name, theme), token("page", theme)) >= 4.5


def test_the_light_theme_is_the_same_by_choice_and_by_system() -> None:
    for name in ("page", "ink", "second", "third", "hair", "true", *(f"c{n}" for n in range(8))):
        by_choice, by_system = re.findall(rf"--{name}: (#[0-9a-f]{{6}})", CSS)[1:]
        assert by_choice == by_system
