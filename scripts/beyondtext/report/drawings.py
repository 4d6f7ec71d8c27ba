"""Small drawings within the page's tables, as SVG without a style or script of its own."""

from markupsafe import Markup

WIDTH, HEIGHT, MARGIN = 190, 30, 6  # in the drawing's own unit


class IntervalDrawings:
    """Intervals of differences on one scale, so that the rows of a table can be compared.

    Parameters
    ----------
    numbers : iterable of float
        Everything that will be drawn; NaN are ignored. Zero is always on the scale.
    """

    def __init__(self, numbers):
        known = [number for number in numbers if number == number]
        low, high = min([0.0, *known]), max([0.0, *known])
        self._low, self._scale = low, (WIDTH - 2 * MARGIN) / ((high - low) or 1.0)

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
