"""Amounts for readers. Rounding happens here and nowhere earlier."""

from decimal import Decimal

from babel.numbers import format_currency
from django.utils.translation import get_language, to_locale


def show(amount: Decimal, currency: str) -> str:
    """`$1,234.50` or `￥1,235`, as the reader's language writes it; digits as the currency has."""
    locale = to_locale(get_language() or "en")
    return format_currency(amount, currency, locale=locale)
