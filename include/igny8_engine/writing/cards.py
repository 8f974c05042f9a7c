"""Title cards: featured images that are set from the title, with colours and a pattern of their own."""

from __future__ import annotations

import asyncio
import colorsys
import io
import math
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

from PIL import Image, ImageDraw, ImageFont

from igny8_engine.errors import ProviderFailedError
from igny8_engine.writing.english import clipped, title_case
from igny8_engine.writing.model import ImageBrief, ImageFile
from igny8_engine.writing.numbers import stable_number
from igny8_engine.writing.phrases import normalised

_LONGEST_ALT = 200
_SMOOTHING = 2
"""Shapes are drawn at this multiple of the size and scaled down, which smooths their edges."""
_MOST_LINES = 5
_HIGH, _LOW = 0.12, 0.90
"""Where shapes have their centre, as a share of the height: away from the title in the middle."""
_HUES = (0.02, 0.07, 0.11, 0.27, 0.39, 0.46, 0.53, 0.58, 0.63, 0.70, 0.78, 0.88, 0.95)
_SPELLED_OUT = {"ß": "ss", "ø": "o", "Ø": "O", "æ": "ae", "Æ": "AE", "œ": "oe", "ł": "l", "Ł": "L", "đ": "d"}
_ACCENTED_WAVE = 3
_Colour = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class _Scheme:
    """The colours of a card."""

    ground: _Colour
    shade: _Colour
    accent: _Colour
    ink: _Colour = (255, 255, 255)


class CardIllustrator:
    """Draws title cards. The same brief gives the same bytes."""

    @property
    def provider(self) -> str:
        """``card``."""
        return "card"

    async def draw(self, brief: ImageBrief) -> ImageFile:
        """Draw a card as PNG."""
        return await asyncio.to_thread(draw_card, brief)


def draw_card(brief: ImageBrief) -> ImageFile:
    """Draw a card as PNG: the title, the category above it, the site's name below, on a pattern."""
    size = (max(brief.width, 64), max(brief.height, 64))
    scheme = _scheme(brief)
    card = _background(size, scheme, stable_number(brief.site_name, brief.category, brief.title))
    _typeset(card, brief, scheme)
    file = io.BytesIO()
    card.convert("P", palette=Image.Palette.ADAPTIVE, colors=96).save(file, "PNG", compress_level=8)
    return ImageFile(file.getvalue(), "image/png", size[0], size[1], alt_text(brief), "card")


def alt_text(brief: ImageBrief) -> str:
    """What the card shows, with its whole title."""
    title = normalised(brief.title) or normalised(brief.keyword) or normalised(brief.site_name)
    site = normalised(brief.site_name)
    ending = f" from {site}" if site else ""
    return clipped(f"Title card{ending}: {title}", max(_LONGEST_ALT, len(title) + 80))


def _scheme(brief: ImageBrief) -> _Scheme:
    number = stable_number(brief.site_name, brief.category)
    hue = _HUES[number % len(_HUES)]
    away = (0.08, 0.45, 0.55)[number // 16 % 3]
    return _Scheme(
        ground=_colour(hue, 0.62, 0.34),
        shade=_colour(hue + 0.04, 0.68, 0.20),
        accent=_colour(hue + away, 0.62, 0.95),
    )


def _colour(hue: float, saturation: float, value: float) -> _Colour:
    red, green, blue = colorsys.hsv_to_rgb(hue % 1, saturation, value)
    return round(red * 255), round(green * 255), round(blue * 255)


def _mix(one: _Colour, other: _Colour, share: float) -> _Colour:
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(one, other, strict=True))
    return red, green, blue


def _background(size: tuple[int, int], scheme: _Scheme, number: int) -> Image.Image:
    width, height = size[0] * _SMOOTHING, size[1] * _SMOOTHING
    card = Image.new("RGB", (width, height), scheme.ground)
    pen = ImageDraw.Draw(card)
    (_circles, _stripes, _waves, _tiles)[number % 4](pen, width, height, scheme, number // 4)
    return card.reduce(_SMOOTHING)


def _circles(pen: ImageDraw.ImageDraw, width: int, height: int, scheme: _Scheme, number: int) -> None:
    unit = min(width * 0.55, height)
    centre = (width - unit * (10 + number % 20) / 100, height * (_LOW if number % 2 else _HIGH))
    for ring in range(7, 0, -1):
        radius = unit * ring * 0.095
        colour = _mix(scheme.shade, scheme.accent, 0.55 if ring == 1 else 0.05 + 0.05 * (7 - ring))
        pen.ellipse(_around(centre, radius), fill=colour)
    dot = (width * 0.93 if centre[1] > height / 2 else width * 0.72, height * (0.1 if centre[1] > height / 2 else 0.93))
    pen.ellipse(_around(dot, unit * 0.045), fill=scheme.accent)


def _around(centre: tuple[float, float], radius: float) -> tuple[float, float, float, float]:
    return centre[0] - radius, centre[1] - radius, centre[0] + radius, centre[1] + radius


def _stripes(pen: ImageDraw.ImageDraw, width: int, height: int, scheme: _Scheme, number: int) -> None:
    step = height * (10 + number % 5) / 100
    slope = min(height * 0.55, width * 0.3)
    for index in range(9):
        left = width * 0.66 + index * step - slope * 0.2
        dark = _mix(scheme.ground, scheme.shade, 0.45 + index * 0.06)
        colour = _mix(scheme.ground, scheme.accent, 0.8) if index == 2 + number // 5 % 2 else dark
        pen.polygon(
            [(left + slope, 0), (left + slope + step * 0.62, 0), (left + step * 0.62, height), (left, height)],
            fill=colour,
        )


def _waves(pen: ImageDraw.ImageDraw, width: int, height: int, scheme: _Scheme, number: int) -> None:
    phase, length = number % 63 / 10, width * (0.55 + number // 63 % 4 / 10)
    for index in range(5):
        level = height * (0.60 + index * 0.10)
        swing = height * (0.085 - index * 0.009)
        line = [
            (x, level + swing * math.sin(2 * math.pi * x / length + phase + index * 0.9) - x / width * height * 0.26)
            for x in range(0, width + 16, 16)
        ]
        share = 0.22 + 0.16 * index
        colour = (
            _mix(scheme.ground, scheme.shade, share)
            if index != _ACCENTED_WAVE
            else _mix(scheme.shade, scheme.accent, 0.42)
        )
        pen.polygon([*line, (width, height), (0, height)], fill=colour)


def _tiles(pen: ImageDraw.ImageDraw, width: int, height: int, scheme: _Scheme, number: int) -> None:
    side = min(width, height) / 6
    columns = math.ceil(width * 0.36 / side)
    for column in range(columns):
        for row in range(math.ceil(height / side)):
            draw = stable_number(str(number), str(column), str(row))
            left, top = width - (column + 1) * side, row * side
            shares = (0.15, 0.5, 0.85)
            colour = scheme.accent if draw % 11 == 0 else _mix(scheme.ground, scheme.shade, shares[draw % 3])
            if column == columns - 1 and draw % 2:
                continue
            box = (left, top, left + side, top + side)
            corner = draw // 11 % 4
            pen.rectangle(box, fill=_mix(scheme.ground, scheme.shade, 0.35))
            shift = (side if corner in {1, 2} else 0, side if corner in {2, 3} else 0)
            pen.pieslice(
                (left - side + shift[0], top - side + shift[1], left + side + shift[0], top + side + shift[1]),
                corner * 90,
                corner * 90 + 90,
                fill=colour,
            )


def _typeset(card: Image.Image, brief: ImageBrief, scheme: _Scheme) -> None:
    pen = ImageDraw.Draw(card)
    width, height = card.size
    margin = round(min(width, height) * 0.09)
    label_size = max(round(min(width, height) * 0.042), 12)
    room = round(width * (0.62 if width > height * 1.2 else 0.78))
    title = (
        _drawable(brief.title) or _drawable(brief.keyword) or _drawable(brief.category) or _drawable(brief.site_name)
    )
    site, category = _drawable(brief.site_name), title_case(_drawable(brief.category))
    top, bottom = margin, height - margin
    if category and category.casefold() != title.casefold():
        small = _font(label_size)
        bar = label_size * 0.28
        pen.rectangle((margin, top + label_size * 0.2, margin + bar, top + label_size * 1.15), fill=scheme.accent)
        pen.text(
            (margin + bar * 2.6, top),
            _fitted(category, small, room),
            font=small,
            fill=_mix(scheme.accent, scheme.ink, 0.55),
        )
        top += round(label_size * 2.2)
    if site:
        small = _font(label_size)
        bottom -= round(label_size * 1.2)
        pen.text((margin, bottom), _fitted(site, small, room), font=small, fill=_mix(scheme.ground, scheme.ink, 0.78))
        bottom -= label_size
    if title:
        _set_title(pen, title, scheme.ink, (margin, top, margin + room, bottom))


def _set_title(pen: ImageDraw.ImageDraw, title: str, ink: _Colour, box: tuple[int, int, int, int]) -> None:
    left, top, right, bottom = box
    size = round((bottom - top) * 0.30)
    lines: list[str] = []
    font = _font(size)
    while True:
        font = _font(size)
        lines = _wrapped(title, font, right - left)
        fits = len(lines) * size * 1.16 <= bottom - top and len(lines) <= _MOST_LINES
        if (fits and all(font.getlength(line) <= right - left for line in lines)) or size <= 16:  # noqa: PLR2004
            break
        size = round(size * 0.94)
    kept = lines[: max(int((bottom - top) / (size * 1.16)), 1)]
    if len(kept) < len(lines):
        kept[-1] = _fitted(f"{kept[-1]} {lines[len(kept)]}", font, right - left)
    start = top + max((bottom - top - len(kept) * size * 1.16) / 2, 0)
    weight = max(round(size * 0.018), 1)
    for number, line in enumerate(kept):
        pen.text((left, start + number * size * 1.16), line, font=font, fill=ink, stroke_width=weight, stroke_fill=ink)


def _wrapped(text: str, font: ImageFont.FreeTypeFont, room: float) -> list[str]:
    lines: list[str] = []
    for word in text.split():
        if lines and font.getlength(f"{lines[-1]} {word}") <= room:
            lines[-1] = f"{lines[-1]} {word}"
        else:
            lines.append(word)
    return lines


def _fitted(text: str, font: ImageFont.FreeTypeFont, room: float) -> str:
    if font.getlength(text) <= room:
        return text
    while text and font.getlength(f"{text}…") > room:
        text = text[:-1].rstrip()
    return f"{text}…"


@lru_cache(maxsize=64)
def _font(size: int) -> ImageFont.FreeTypeFont:
    font = ImageFont.load_default(size)
    if not isinstance(font, ImageFont.FreeTypeFont):
        message = "Pillow was built without FreeType, which title cards are set with; install Pillow's own wheel."
        raise ProviderFailedError("card", message)
    return font


def _drawable(text: str) -> str:
    """What the font has glyphs for; all else is left out, since it would show as empty boxes."""
    shown = "".join(_shown(character) for character in unicodedata.normalize("NFC", normalised(text)))
    return " ".join(shown.split()).strip(" -\u2013\u2014:,|/")


def _shown(character: str) -> str:
    """The character, its base letter if the font lacks it with its accent, or nothing."""
    if _has_glyph(character):
        return character
    plain = _SPELLED_OUT.get(character) or unicodedata.normalize("NFKD", character)
    return "".join(part for part in plain if _has_glyph(part))


@lru_cache(maxsize=4096)
def _has_glyph(character: str) -> bool:
    if character == " ":
        return True
    font = _font(24)
    return bytes(font.getmask(character)) != bytes(font.getmask("\U0010fffd")) and bool(
        font.getmask(character).getbbox()
    )
