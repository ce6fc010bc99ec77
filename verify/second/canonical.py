"""JSON with one spelling per value (RFC 8785). What has another spelling is refused, not repaired."""

import json
import re
from decimal import Decimal


class Refused(Exception):
    """What was read is not what it has to be. The text is for a person."""


DEPTH_MAX = 64
#: Beyond this an integer has no double of its own, and RFC 8785 writes doubles.
INTEGER_MAX = 2**53

#: The C encoder writes all but these as RFC 8785 does: keys outside the BMP sort otherwise, long integers are rounded.
_NEEDS_A_LOOK = re.compile(r"[0-9]{16}|[\U00010000-\U0010ffff]")
_encode = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"), check_circular=False).encode



_floats = []


def _read_float(text):
    _floats.append(text)
    return float(text)


def _refuse_constant(text):
    raise Refused(f"{text} is not JSON")


_decode = json.JSONDecoder(parse_float=_read_float, parse_constant=_refuse_constant).decode


def parse(text):
    """The value, if the text is its canonical spelling: no second key of a name, no space, no other order."""
    _floats.clear()
    try:
        value = _decode(text)
        if _floats or text.count("[") + text.count("{") > DEPTH_MAX or _NEEDS_A_LOOK.search(text):
            same = write(value) == text
        else:
            same = _encode(value) == text
    except (ValueError, RecursionError) as problem:
        raise Refused(f"not JSON: {type(problem).__name__}") from None
    if not same:
        raise Refused("JSON, but not in its canonical spelling")
    return value


def write(value, depth=0):
    """The canonical text of a value, after RFC 8785."""
    if value is None:
        return "null"
    if value is True:
        return "true"
    if value is False:
        return "false"
    if isinstance(value, str):
        return _string(value)
    if isinstance(value, int):
        return str(value) if abs(value) <= INTEGER_MAX else _number(float(value))
    if isinstance(value, float):
        return _number(value)
    if depth == DEPTH_MAX:
        raise Refused(f"nested deeper than {DEPTH_MAX}")
    if isinstance(value, list):
        return "[" + ",".join(write(item, depth + 1) for item in value) + "]"
    if isinstance(value, dict):
        keys = sorted(value, key=_units)
        return "{" + ",".join(f"{_string(key)}:{write(value[key], depth + 1)}" for key in keys) + "}"
    raise Refused(f"{type(value).__name__} is not JSON")


def _units(text):
    """RFC 8785 sorts by UTF-16 code units."""
    try:
        return text.encode("utf-16-be")
    except UnicodeEncodeError:
        raise Refused("half a surrogate pair") from None


def _string(text):
    _units(text)
    return json.dumps(text, ensure_ascii=False)


def _number(number):
    """As ECMAScript writes a double, which is what RFC 8785 asks for."""
    if number != number or number in (float("inf"), float("-inf")):
        raise Refused("not a number of JSON")
    if number == 0:
        return "0"
    sign = "-" if number < 0 else ""
    shortest = Decimal(repr(abs(number))).normalize().as_tuple()
    digits = "".join(map(str, shortest.digits))
    count = len(digits)
    point = count + shortest.exponent
    if count <= point <= 21:
        return sign + digits + "0" * (point - count)
    if 0 < point <= 21:
        return sign + digits[:point] + "." + digits[point:]
    if -6 < point <= 0:
        return sign + "0." + "0" * -point + digits
    exponent = point - 1
    mantissa = digits if count == 1 else digits[0] + "." + digits[1:]
    return f"{sign}{mantissa}e{'+' if exponent > 0 else '-'}{abs(exponent)}"
