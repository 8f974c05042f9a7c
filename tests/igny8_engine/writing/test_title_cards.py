"""Title cards."""

from __future__ import annotations

import io

import pytest
from PIL import Image

from igny8_engine.writing.cards import CardIllustrator, draw_card
from igny8_engine.writing.model import ImageBrief

SIZES = [(1200, 630), (1600, 900), (1024, 1024)]
LONG = "Why Is My Espresso Sour and Bitter and Watery at the Same Time When I Grind Fine: What to Check First " * 3


def card(
    title: str, *, category: str = "Coffee", site: str = "Home Espresso", size: tuple[int, int] = (1200, 630)
) -> ImageBrief:
    return ImageBrief(title, "espresso", category, site, *size)


@pytest.mark.parametrize("size", SIZES)
async def test_cards_have_the_size_that_was_asked_for(size: tuple[int, int]) -> None:
    illustrator = CardIllustrator()
    assert illustrator.provider == "card"
    file = await illustrator.draw(card("How to Descale an Espresso Machine", size=size))
    image = Image.open(io.BytesIO(file.data))
    assert image.format == "PNG"
    assert file.media_type == "image/png"
    assert image.size == size == (file.width, file.height)
    assert len(file.data) < 200_000
    assert "How to Descale an Espresso Machine" in file.alt
    assert "Home Espresso" in file.alt
    assert len(image.convert("RGB").getcolors(1 << 24) or ()) > 16


@pytest.mark.parametrize(
    "title",
    ["", "A", LONG, "W" * 300, "☕🎉", "قهوة إسبريسو", "カプチーノ", "Größe: Überblick", "\x00\n"],
    ids=range(9),
)
def test_any_title_can_be_drawn(title: str) -> None:
    for size in SIZES:
        file = draw_card(card(title, size=size))
        assert len(file.data) < 200_000
        assert file.alt
        assert " ".join(title.split()).strip("\x00 ")[:60] in file.alt


def test_what_the_font_cannot_draw_is_left_out() -> None:
    assert draw_card(card("Latte ☕🎉 Art قهوة")).data[:2000] != b""
    with_emoji = _ink(draw_card(card("☕ カプチーノ", category="")).data)
    with_keyword = _ink(draw_card(card("", category="")).data)
    assert with_emoji == pytest.approx(with_keyword, rel=0.4)  # both show the keyword instead


def _ink(data: bytes) -> int:
    histogram = Image.open(io.BytesIO(data)).convert("L").histogram()
    return sum(histogram[245:])


def test_the_same_brief_gives_the_same_bytes_and_another_site_another_card() -> None:
    assert draw_card(card("Latte Art")).data == draw_card(card("Latte Art")).data
    assert draw_card(card("Latte Art")).data != draw_card(card("Latte Art", site="Tea House")).data
