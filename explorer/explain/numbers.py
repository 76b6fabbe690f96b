"""Numbers as people read them: as many digits as mean something."""

import math

MINUS = "\N{MINUS SIGN}"


def significant(value: float, digits: int = 3) -> str:
    """“0.0214”, “1.5”, “12”, “3.1e−6”: rounded to significant digits, powers only where tiny."""
    if value == 0:
        return "0"  # also of −0.0
    if not math.isfinite(value):
        return f"{value:g}".replace("-", MINUS)
    exponent = int(f"{value:.{digits - 1}e}".partition("e")[2])  # after rounding
    if exponent < -4:
        return f"{value:.{max(0, digits - 2)}e}".replace("e-0", "e-").replace("-", MINUS)
    return f"{value:.{max(0, digits - 1 - exponent)}f}".replace("-", MINUS)


def format_probability(probability: float, decimals: int = 3) -> str:
    """So many decimals, without ever rounding to certainty: “0.873”, “<0.001”, “>0.999”."""
    least: float = 10.0**-decimals
    if 0 < probability < least / 2:
        return f"<{least:.{decimals}f}"
    if 1 - least / 2 <= probability < 1:
        return f">{1 - least:.{decimals}f}"
    return f"{probability:.{decimals}f}"
