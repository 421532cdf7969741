"""Sentences of rules: templates of the rule file, filled with values as people write them."""

import re
from collections.abc import Iterable, Mapping

from geo_jindu.rectification.variables import VARIABLES, Number, Scalar
from geo_jindu.texts import Language, translate

_PLACEHOLDER = re.compile(r"\{([a-z][a-z0-9_]*\.[a-z][a-z0-9_]*)\}")
_MOST_DECIMALS = 9


def quoted_names(template: str) -> tuple[str, ...]:
    """Return the variables and parameters a template quotes, each once."""
    return tuple(dict.fromkeys(_PLACEHOLDER.findall(template)))


def has_loose_brace(template: str) -> bool:
    """Whether a brace is left that belongs to no placeholder."""
    return bool(re.search(r"[{}]", _PLACEHOLDER.sub("", template)))


def fill_template(template: str, values: Mapping[str, Scalar], language: Language) -> str:
    """Fill a template; what has no value is written as “no data”.

    A figure gets as many decimals as it takes to stand on the same side of every parameter as it does
    in fact: 0.852 beside a limit of 0.85 is not written as 0.85.
    """
    limits = [value for name, value in values.items() if name.startswith("param.")]
    numbers = [limit for limit in limits if isinstance(limit, int | float)]

    def written(match: re.Match[str]) -> str:
        name = match[1]
        if name not in values:
            return translate("rule_results.no_data", language)
        return _write(name, values[name], numbers, language)

    return _PLACEHOLDER.sub(written, template)


def _write(name: str, value: Scalar, limits: Iterable[Number], language: Language) -> str:
    if isinstance(value, bool):
        return translate("rule_results.yes" if value else "rule_results.no", language)
    variable = VARIABLES.get(name)
    if isinstance(value, str):
        if variable is None or value not in variable.words:
            return value
        return translate(f"{variable.words_section}.{value}", language)
    text = _write_number(value, variable.decimals, limits) if variable else f"{value:.12g}"
    return text.replace("-", "−") + ("%" if variable and variable.unit == "percent" else "")


def _write_number(value: Number, decimals: int, limits: Iterable[Number]) -> str:
    if isinstance(value, int):
        return str(value)
    for more in range(decimals, _MOST_DECIMALS):
        shown = round(value, more)
        if all(
            (shown < limit) == (value < limit) and (shown > limit) == (value > limit)
            for limit in limits
        ):
            return f"{shown + 0.0:.{more}f}"
    return repr(value)
