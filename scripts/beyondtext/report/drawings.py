"""Small drawings within the page's tables, as SVG without a style or script of its own."""

import math

from markupsafe import Markup

WIDTH, HEIGHT, MARGIN = 190, 30, 14  # in the drawing's own unit
TICKS = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0)  # distances between the numbers of a scale


class IntervalDrawings:
    """Intervals of differences on one scale, so that the rows of a table can be compared.

    Parameters
    ----------
    numbers : iterable of float
        Everything that will be drawn; NaN are ignored. Zero is always on the scale.
    """

    def __init__(self, numbers):
        known = [number for number in numbers if number == number]
        self._low, self._high = min([0.0, *known]), max([0.0, *known])
        self._scale = (WIDTH - 2 * MARGIN) / ((self._high - self._low) or 1.0)

    def scale(self):
        """The scale of the drawings, for the head of their column: at most five round numbers, zero among them.

        Returns
        -------
        markupsafe.Markup
        """
        tick = next((tick for tick in TICKS if (self._high - self._low) / tick <= 4), TICKS[-1])
        numbers = [k * tick for k in range(math.ceil(self._low / tick), math.floor(self._high / tick) + 1)]
        parts = [f'<text x="{self._x(number)}" y="13">{_signed(number)}</text>' for number in numbers]
        return Markup('<svg class="scale" viewBox="0 0 {} 17" aria-hidden="true">{}</svg>').format(
            WIDTH, Markup("".join(parts))
        )

    def draw(self, mean, low, high, points, kind):
        """A difference with its interval and the values that it is the mean of.

        Parameters
        ----------
        mean, low, high : float
            The ends are NaN if there is no interval.
        points : iterable of float
        kind : str
            A class name, which gives the colour.

        Returns
        -------
        markupsafe.Markup
        """
        middle, zero = HEIGHT / 2, self._x(0)
        parts = [f'<line class="zero" x1="{zero}" x2="{zero}" y1="1" y2="{HEIGHT - 1}"/>']
        if low == low:
            parts.append(f'<line class="bar" x1="{self._x(low)}" x2="{self._x(high)}" y1="{middle}" y2="{middle}"/>')
        parts += [f'<circle class="seed" cx="{self._x(point)}" cy="{middle + 8}" r="2"/>' for point in points]
        parts.append(f'<circle class="mean" cx="{self._x(mean)}" cy="{middle}" r="4.5"/>')
        return Markup('<svg class="interval {}" viewBox="0 0 {} {}" aria-hidden="true">{}</svg>').format(
            kind, WIDTH, HEIGHT, Markup("".join(parts))
        )

    def _x(self, number):
        return f"{MARGIN + (number - self._low) * self._scale:.1f}"


def _signed(number):
    """A number of the scale with its sign, as short as possible: −0.1, 0, +0.05."""
    return f"{number:+.2g}".replace("-", "−") if abs(number) > 1e-9 else "0"
