import math

from inference.type_colours import NUM_COLOURS, type_colour

TEXT = "#1c1c1e"  # --on-mark in html_template.py


def linear(colour):
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    return [
        c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4
        for c in channels
    ]


def contrast(one, other):
    """WCAG 2.2's contrast ratio."""
    light = []
    for red, green, blue in map(linear, (one, other)):
        light.append(0.2126 * red + 0.7152 * green + 0.0722 * blue)
    return (max(light) + 0.05) / (min(light) + 0.05)


def oklab(colour):
    red, green, blue = linear(colour)
    cones = [
        (0.4122214708 * red + 0.5363325363 * green + 0.0514459929 * blue),
        (0.2119034982 * red + 0.6806995451 * green + 0.1073969566 * blue),
        (0.0883024619 * red + 0.2817188376 * green + 0.6299787005 * blue),
    ]
    long, medium, short = (c ** (1 / 3) for c in cones)
    return (
        0.2104542553 * long + 0.7936177850 * medium - 0.0040720468 * short,
        1.9779984951 * long - 2.4285922050 * medium + 0.4505937099 * short,
        0.0259040371 * long + 0.7827717662 * medium - 0.8086757660 * short,
    )


def nearest(papers):
    points = [oklab(paper) for paper in papers]
    return min(
        math.dist(points[i], points[j])
        for i in range(len(points))
        for j in range(i)
    )


def test_fifty_types_can_be_told_apart():
    papers = [type_colour(index).paper for index in range(NUM_COLOURS)]
    assert len(papers) >= 50
    assert nearest(papers) > 0.02  # about what an eye can just tell apart
    assert nearest(papers[:7]) > 0.05
    assert type_colour(NUM_COLOURS) == type_colour(0)


def test_text_is_readable():
    for index in range(NUM_COLOURS):
        colour = type_colour(index)
        assert contrast(colour.paper, TEXT) > 6
        assert contrast(colour.paper, colour.ink) > 4.5  # WCAG's AA
        assert contrast(colour.paper, "#000000") > 7
