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


def format_probability(probability: float) -> str:
    """Three decimals, without ever rounding to certainty: “0.873”, “<0.001”, “>0.999”."""
    if 0 < probability < 0.0005:
        return "<0.001"
    if 0.9995 <= probability < 1:
        return ">0.999"
    return f"{probability:.3f}"
